"""Packages of --with: mounted for each program, until there is an image that has them imported.

Each test has an installation and a user's store of its own, and wheels in a folder; no network.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from client import descendants
from scenario import HERE, holds, same, test

sys.path.insert(0, str(HERE.parent / "spec"))
from wheels import wheel  # noqa: E402

SECONDS = 100  # in which an image is made, on a busy machine
WHERE_FROM = "import sys; imported = 'tulip' in sys.modules; import tulip; (imported, tulip.version)"


class Place:
    """An installation whose images are its own, and a folder of wheels."""

    def __init__(self, start, folder):
        self.start, self.folder = start, Path(folder)
        real = Path(start.program).resolve().parents[1]
        share = self.folder / "home/share/v8py"
        (share / "images").mkdir(parents=True)
        # Copies: an image maps nothing that is outside of its installation.
        shutil.copytree(real / "lib", self.folder / "home/lib", symlinks=True)
        shutil.copytree(real / "share/v8py/pyodide", share / "pyodide")
        (self.folder / "home/bin").mkdir()
        for name in ("bin/v8py-worker", "bin/v8py-restore", "share/v8py/build_id", "share/v8py/build.json"):
            shutil.copy(real / name, self.folder / "home" / name)
        (share / "wheels").symlink_to(real / "share/v8py/wheels")
        self.images = share / "images"
        bases = list((real / "share/v8py/images").glob("base-*.image"))
        holds(bases, "there is no image 'base': v8py image build")
        for base in bases:
            shutil.copyfile(base, self.images / base.name)
        (self.folder / "wheels").mkdir()
        self.environment = {
            **os.environ,
            "V8PY_HOME": str(self.folder / "home"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "PIP_CONFIG_FILE": "/dev/null",
        }

    def add(self, name, version, files=None, **more):
        file, data = wheel(name, version, files, **more)
        (self.folder / "wheels" / file).write_bytes(data)

    def serve(self, *packages, **more):
        options = ["--offline", "--find-links", str(self.folder / "wheels"), "--with", ",".join(packages)]
        return self.start(*options, era="2025-11-25", environment={**self.environment, **more})

    def made(self):
        return sorted(path.name for path in self.images.glob("*.image") if not path.name.startswith("base-"))


@contextlib.contextmanager
def place(start):
    with tempfile.TemporaryDirectory(prefix="v8py-mcp-images-") as folder:
        yield Place(start, folder)


def value(request):
    holds(not request.is_error, f"the call has failed: {request.text}")
    return request.value["value"]


def until(condition, what):
    end = time.monotonic() + SECONDS
    while not condition():
        holds(time.monotonic() < end, f"{SECONDS} s were too short for {what}")
        time.sleep(0.2)


def installed(server, **arguments):
    return server.call("list_packages", arguments).value["packages"]


def description(server):
    (tool,) = (tool for tool in server.ask("tools/list").result["tools"] if tool["name"] == "run_python_code")
    return tool["description"]


def nice_of(pid):
    """None: it has ended."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[16])


def builders(server):
    """Processes of the server that make an image."""
    found = []
    for pid in server.workers():
        with contextlib.suppress(OSError):
            if b"--background" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


@test
def packages_are_imported_already_once_their_image_is_made_and_all_else_stays_the_same(start):
    with place(start) as here:
        here.add("tulip", "1.0", requires=["rose"])
        here.add("rose", "2.5")
        with here.serve("tulip") as server:
            said = description(server)
            holds("Installed beside the standard library: tulip.\n" in said, f"the description is {said!r}")
            session = server.python("kept = 42", session_id=server.call("start_session").value["session_id"])
            session = session.value["session_id"]
            same("the first call's value", value(server.python(WHERE_FROM)), [False, "1.0"])
            before = installed(server)
            until(lambda: value(server.python(WHERE_FROM)) == [True, "1.0"], "an image")
            same("what is installed", installed(server), before)
            same("what is installed in a session of before", installed(server, session_id=session), before)
            same("a name of a session of before", value(server.python("kept", session_id=session)), 42)
            same("its packages", value(server.python("import tulip; tulip.version", session_id=session)), "1.0")
            server.call("reset_session", {"session_id": session})
            same("a session's packages", value(server.python(WHERE_FROM, session_id=session)), [True, "1.0"])
            same("what is installed in a session", installed(server, session_id=session), before)
            same("the description", description(server), said)
            same("what is on standard error", server.stderr(), b"")
        same("the number of images", len(here.made()), 1)
        with here.serve("tulip") as server:
            said = description(server)
            holds("rose 2.5, tulip 1.0" in said, f"the description of another server is {said!r}")
            same("another server's first value", value(server.python(WHERE_FROM)), [True, "1.0"])
            same("what is installed", installed(server), before)
            same("what makes an image", builders(server), [])
        # What there is to choose from has changed: that image is not what is wanted.
        here.add("tulip", "1.1")
        with here.serve("tulip", V8PY_IMAGE="use") as server:
            holds("standard library: tulip.\n" in description(server), "a description has the version of before")
            same("the newer version", value(server.python(WHERE_FROM)), [False, "1.1"])
        with here.serve("tulip<1.1", V8PY_IMAGE="use") as server:
            same("other words' value", value(server.python(WHERE_FROM)), [False, "1.0"])


@test
def an_image_is_made_once_for_servers_that_want_it_at_the_same_time_and_gives_way_to_others(start):
    with place(start) as here:
        here.add("tulip", "1.0")
        with here.serve("tulip") as one, here.serve("tulip") as two:
            servers = [one, two]
            for server in servers:
                same("what makes an image before there was a call", builders(server), [])
                value(server.python(WHERE_FROM))
            until(lambda: builders(one) and builders(two), "both to begin")
            until(lambda: any(descendants(pid) for pid in builders(one) + builders(two)), "their workers")
            makers = builders(one) + builders(two)
            # One that has just begun has still that of its server.
            until(lambda: {nice_of(pid) for maker in makers for pid in (maker, *descendants(maker))} <= {10, None},
                  "all to give way")
            until(lambda: all(value(server.python(WHERE_FROM))[0] for server in servers), "an image for both")
            same("the number of images", len(here.made()), 1)
            for server in servers:  # each is looked at when nothing is left of both
                server.close_input()


@test
def an_image_that_cannot_be_made_is_told_once_and_changes_nothing(start):
    with place(start) as here:
        here.add("thorn", "1.0", {"thorn.py": "raise ValueError('not in the dark')\n"})
        with here.serve("thorn") as server:
            same("a value", value(server.python("6 * 7")), 42)
            until(lambda: b"no image of the packages" in server.stderr(), "a message")
            same("a value", value(server.python("6 * 7")), 42)
            failed = server.python("import thorn")
            holds("not in the dark" in failed.text, f"an import says {failed.text!r}")
            told = server.stderr()
            holds(b"not in the dark" in told, f"the message is {told!r}")
            same("lines on standard error", told.count(b"\n"), 1)
        same("images", here.made(), [])


@test
def a_server_that_ends_while_an_image_is_made_ends_in_time_and_leaves_nothing_running(start):
    with place(start) as here:
        here.add("tulip", "1.0")
        with here.serve("tulip") as server:
            value(server.python(WHERE_FROM))
            until(lambda: builders(server), "an image to be begun")
        with here.serve("tulip") as server:
            value(server.python(WHERE_FROM))
            until(lambda: builders(server), "an image to be begun")
            server.process.kill()
            server.process.wait()
            server.check_left(clean=False)
            server._ended = True
        same("images", here.made(), [])


@test
def an_image_is_made_for_who_is_still_there_only(start):
    # A server can be killed before what it has started asks to be ended with it.
    with place(start) as here:
        build = [start.program, "image", "build", "--name", "orphan", "--background"]
        for parent, code in (("1", 2), (str(os.getpid()), 0)):
            done = subprocess.run([*build, parent], input=b"{}", capture_output=True, env=here.environment, timeout=SECONDS)
            same(f"the exit code when {parent} is said to have started it", done.returncode, code)
            holds(bool(done.stderr) == bool(code), f"it says {done.stderr!r}")
            same("the number of images", len(here.made()), int(not code))
