"""The Python package: v8py.compat, whose names are those of mcp-run-python, with the real server."""

import asyncio
import contextlib
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from client import reap
from scenario import holds, same, test

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "host/include/python"
sys.path.insert(0, str(PACKAGE))

from v8py import __version__, compat  # noqa: E402

FOREVER = "while True: pass"


@contextlib.contextmanager
def program(path):
    """The program that the package finds, for a while. Nothing of it is left at the end."""
    before = os.environ.get("V8PY")
    os.environ["V8PY"] = str(path)
    try:
        yield
    finally:
        os.environ.pop("V8PY")
        if before is not None:
            os.environ["V8PY"] = before
    end = time.monotonic() + 2
    while left := reap():
        holds(time.monotonic() < end, f"processes are left: {left}")
        time.sleep(0.01)


def run(start, use, path=None, **options):
    """Runs use(sandbox)."""

    async def main():
        async with compat.code_sandbox(**options) as sandbox:
            return await asyncio.wait_for(use(sandbox), 60)

    with program(path or start.program):
        return asyncio.run(main())


def evaluate(start, code, values=None, **options):
    return run(start, lambda sandbox: sandbox.eval(code, values), **options)


def raised(start, kind, **options):
    """The text of what entering a sandbox raises."""
    try:
        evaluate(start, "1", **options)
    except kind as error:
        return str(error)
    holds(False, "nothing is raised")
    return ""


def fake(folder, script):
    path = pathlib.Path(folder, "v8py")
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return path


@dataclasses.dataclass
class Point:
    x: int
    name: bytes


@test
def the_sandbox_gives_the_dictionaries_of_mcp_run_python(start):
    same("a success", evaluate(start, "print('a')\nprint()\nprint('b', end='')\n[1, 2.5, None, 'x']"),
         {"status": "success", "output": ["a", "", "b"], "return_value": [1, 2.5, None, "x"]})
    same("nothing", evaluate(start, "x = 1"), {"status": "success", "output": [], "return_value": None})
    traceback = 'Traceback (most recent call last):\n  File "main.py", line 2, in <module>\n    1/0\n    ~^~\n'
    same("an error", evaluate(start, "print('a')\n1/0"),
         {"status": "run-error", "output": ["a"], "error": traceback + "ZeroDivisionError: division by zero\n"})


@test
def the_sandbox_gives_values_exactly(start):
    same("a large integer", evaluate(start, "2**70")["return_value"], 2**70)
    same("a text like JSON", evaluate(start, "'[1]'")["return_value"], "[1]")
    same("a value that is longer than what a model is shown", evaluate(start, "list(range(20_000))")["return_value"],
         list(range(20_000)))
    # Just under what a value may have, and just over.
    same("a long text", evaluate(start, "'x' * 199_998")["return_value"], "x" * 199_998)
    for code in ("'x' * 199_999", "list(range(100_000))"):
        outcome = evaluate(start, f"print('here')\n{code}")
        same("the status", outcome["status"], "run-error")
        same("its output", outcome["output"], ["here"])
        holds("too large" in outcome["error"], f"the error is {outcome['error']}")


@test
def the_sandbox_takes_variables_as_json_has_them(start):
    values = {"point": Point(1, b"p"), "numbers": (1, 2), "nothing": None, "deep": [{"a": {3}}], "text": "\u017e"}
    same("the values", evaluate(start, "[point, numbers, nothing is None, deep, text]", values)["return_value"],
         [{"x": 1, "name": "p"}, [1, 2], True, [{"a": [3]}], "\u017e"])
    for bad, kind in (({"a": object()}, TypeError), ({"a": float("nan")}, ValueError), ({"a": "\ud83d"}, ValueError)):

        async def use(sandbox, bad=bad, kind=kind):
            try:
                await sandbox.eval("a", bad)
            except kind:
                return await sandbox.eval("1")

        same(f"what comes after {kind.__name__}", run(start, use)["return_value"], 1)


@test
def long_output_is_whole_in_the_sandbox(start):
    outcome = evaluate(start, "for i in range(60_000): print('line', i)\nprint('x' * 50_000)")
    same("the output", outcome["output"], [f"line {i}" for i in range(60_000)] + ["x" * 50_000])
    # The words for a gap, printed by a program, are no more than words.
    note = "… [1 lines are left out; all of it, 9 bytes: v8py://run/nobody/output.txt]"
    same("a note that is none", evaluate(start, f"print({note!r})")["output"], [note])


@test
def several_evaluations_run_at_once_in_interpreters_of_their_own(start):
    async def use(sandbox):
        codes = [f"import asyncio\nx = {i}\nawait asyncio.sleep(0.3)\nprint(x)\nx" for i in range(6)]
        return await asyncio.gather(*map(sandbox.eval, codes))

    same("the outcomes", run(start, use),
         [{"status": "success", "output": [str(i)], "return_value": i} for i in range(6)])


@test
def the_log_handler_is_told_each_line_before_the_result(start):
    logs = []

    async def use(sandbox):
        await sandbox.eval("import sys\nprint('a', 1)\nprint('b', file=sys.stderr)")
        return [log for log in logs if log[0] != "debug"]

    same("the logs", run(start, use, log_handler=lambda *log: logs.append(log)), [("info", "a 1"), ("warning", "b")])


@test
def a_log_handler_that_fails_does_not_stop_the_answers(start):
    async def use(sandbox):
        failures = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context["exception"]))
        outcome = await sandbox.eval("print(1)\n2")
        return outcome["return_value"], [type(failure) for failure in failures]

    def log_handler(*_):
        raise KeyError

    same("the value, and what has failed", run(start, use, log_handler=log_handler), (2, [KeyError]))


@test
def cancelling_who_waits_ends_the_code(start):
    async def use(sandbox):
        # As many as run at a time: were one to stay, the next would wait.
        waiting = [asyncio.create_task(sandbox.eval(FOREVER)) for _ in range(8)]
        await asyncio.sleep(0.5)
        for task in waiting:
            task.cancel()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        return {type(one) for one in ended}, (await sandbox.eval("2"))["return_value"]

    same("the end of eight, and the call after them", run(start, use), ({asyncio.CancelledError}, 2))


@test
def a_limit_is_a_result_of_the_sandbox(start):
    outcome = evaluate(start, f"print(1)\n{FOREVER}", options=["--timeout=300ms"])
    same("the status and the output", (outcome["status"], outcome["output"]), ("timeout", ["1"]))


@test
def a_server_that_dies_is_an_error_for_all_who_wait(start):
    async def use(sandbox):
        waiting = [asyncio.create_task(sandbox.eval(FOREVER)) for _ in range(3)]
        await asyncio.sleep(0.5)
        sandbox._server._process.kill()
        ended = await asyncio.gather(*waiting, sandbox.eval("1"), return_exceptions=True)
        return [(type(one), "exit code -9" in str(one)) for one in ended]

    same("what they get", run(start, use), [(compat.ServerError, True)] * 4)


@test
def who_waits_when_the_sandbox_closes_gets_an_error(start):
    async def main():
        async with compat.code_sandbox() as sandbox:
            waiting = asyncio.create_task(sandbox.eval(FOREVER))
            await asyncio.sleep(0.5)
        return (await asyncio.gather(waiting, return_exceptions=True))[0]

    with program(start.program):
        began = time.monotonic()
        same("what it gets", type(asyncio.run(main())), compat.ServerError)
        holds(time.monotonic() - began < 15, "closing takes its time")


@test
def a_server_that_is_none_is_an_error_and_no_hang(start):
    # What it says, and a part of the error.
    servers = {
        "echo nonsense; exec sleep 60": "no message",
        "echo 'it is broken' >&2; exit 7": "exit code 7): it is broken",
        "head -c 20000000 /dev/zero; exec sleep 60": "no message",
        "echo '{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"what?\"}}'; cat > /dev/null": "what?",
    }
    with tempfile.TemporaryDirectory() as folder:
        for script, words in servers.items():
            found = raised(start, compat.ServerError, path=fake(folder, script))
            holds(words in found, f"{script}: the error is {found}")
        # One that hears nothing is ended.
        began = time.monotonic()
        deaf = "trap '' TERM; while :; do sleep 0.2; done"
        try:
            with program(fake(folder, deaf)):
                asyncio.run(asyncio.wait_for(compat.code_sandbox().__aenter__(), 0.3))
        except asyncio.TimeoutError:
            holds(time.monotonic() - began < 15, "ending it takes its time")


@test
def packages_that_cannot_be_installed_are_an_error_at_the_start(start):
    with tempfile.TemporaryDirectory() as folder:
        logs = []
        missing = {"dependencies": ["no-such-package"], "options": ["--offline", f"--find-links={folder}"]}
        found = raised(start, RuntimeError, log_handler=lambda *log: logs.append(log), **missing)
    holds("no-such-package" in found, f"the error is {found}")
    holds(any(level == "debug" and "no-such-package" in line for level, line in logs), f"the logs are {logs}")


@test
def the_network_is_the_servers_only_where_it_is_not_switched_off(start):
    code = "import urllib.request\nurllib.request.urlopen('http://nowhere.invalid/')"
    off = evaluate(start, code, allow_networking=False)
    holds("--allow-net" in off["error"], f"the error is {off['error']}")
    on = evaluate(start, code)
    holds("--allow-net" not in on["error"] and "URLError" in on["error"], f"the error is {on['error']}")
    # This machine is refused even then.
    machine = evaluate(start, code.replace("nowhere.invalid", "127.0.0.1:1"))
    holds("127.0.0.1" in machine["error"] and "allow" in machine["error"], f"the error is {machine['error']}")


@test
def the_program_is_that_of_the_variable_and_it_must_be_there(start):
    found = raised(start, FileNotFoundError, path="/nowhere/v8py")
    holds("/nowhere/v8py" in found and "V8PY" in found, f"the error is {found}")
    for name in ("pyproject.toml", "v8py/__init__.py"):
        (version,) = re.findall(r'version(?:__)? = "(.*)"', (PACKAGE / name).read_text())
        same(f"the version of {name}", version, __version__)
    says = subprocess.run([start.program, "--version"], capture_output=True, text=True, check=True).stdout
    holds(__version__ in says, f"the program says {says}")


def command_line(start, *words, given=""):
    """(exit code, output, errors) of mcp-run-python."""
    command = [sys.executable, "-B", "-m", "v8py.mcp_run_python", *words]
    environment = os.environ | {"V8PY": str(start.program), "PYTHONPATH": str(PACKAGE)}
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=environment, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


@test
def the_command_line_is_that_of_mcp_run_python(start):
    asks = ('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
            '"capabilities":{},"clientInfo":{"name":"c","version":"1"}}}\n')
    for words in (["stdio"], ["--disable-networking", "--verbose", "stdio"], ["stdio", "--deps", "numpy,pandas>=2,<3"]):
        code, output, _ = command_line(start, *words, given=asks)
        holds(code == 0 and '"protocolVersion":"2025-06-18"' in output, f"{words}: {code}, {output}")
    code, output, _ = command_line(start, "--version")
    same("--version", (code, output), (0, f"mcp-run-python (v8py {__version__})\n"))
    for words in ([], ["nope"], ["stdio", "--port", "x"]):
        same(f"the exit code of {words}", command_line(start, *words)[0], 2)
    code, _, errors = command_line(start, "stdio", "--port", "3002")
    holds(code == 1 and "port" in errors and "Traceback" not in errors, f"a port for stdio: {code}, {errors}")
    # Its packages are not there: the result says so.
    code, output, _ = command_line(start, "example")
    holds(code == 1 and "<status>run-error</status>" in output and "numpy" in output, f"example: {code}, {output}")


@test
def run_mcp_server_and_prepare_deno_env_start_the_same_server(start):
    words = "from v8py import compat; raise SystemExit(compat.run_mcp_server('stdio', return_mode='json'))"
    environment = os.environ | {"V8PY": str(start.program), "PYTHONPATH": str(PACKAGE)}
    done = subprocess.run([sys.executable, "-B", "-c", words], input="", env=environment, text=True, timeout=60, check=False)
    same("its exit code at the end of input", done.returncode, 0)

    async def main():
        async with compat.async_prepare_deno_env("streamable_http", http_port=3002, allow_networking=False) as env:
            holds(env.cwd.is_dir(), "there is no folder")
            return env

    with program(start.program):
        env = asyncio.run(main())
        same("the arguments", env.args, ["mcp", "streamable-http", "--return-mode=xml", "--port=3002"])
        holds(not env.cwd.exists(), "the folder is left")
        try:
            with compat.prepare_deno_env("stdio", http_port=3002):
                holds(False, "a port is taken for stdio")
        except ValueError as error:
            holds("port" in str(error), f"the error is {error}")
