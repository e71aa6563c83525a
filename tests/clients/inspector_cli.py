"""The Inspector's command line: a process, and with it a server, for each request.

So sessions and files are gone with the command that has made them. Its exit code is 0, or 5 when a
tool's result is an error.
"""

import argparse
import contextlib
import json
import os
import signal
import struct
import subprocess
import time
from pathlib import Path

import fetch
from connection import Answer, Lines, holds, registry, same
from scenarios import FOREVER, PNG, TOOLS, TRACEBACK

INSPECTOR = fetch.TARGET / "node/node_modules/.bin/mcp-inspector"
SECONDS = 30
SCENARIOS, scenario = registry()


class Inspector:
    def __init__(self, program, arguments, era):
        self.server = [program, "mcp", *arguments]
        self.era = era

    def command(self, *options):
        return [str(fetch.program("node")), str(INSPECTOR), "--cli", "--format", "json", "--protocol-era", self.era,
                *options, "--", *self.server]

    def run(self, *options, code=0):
        """The result that a command prints."""
        done = subprocess.run(self.command(*options), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SECONDS, check=False)
        same(f"the exit code (with the errors {done.stderr[-500:]!r})", done.returncode, code)
        return json.loads(done.stdout)["result"] if done.stdout else json.loads(done.stderr)["error"]

    @staticmethod
    def call_options(name, arguments):
        return "--method", "tools/call", "--tool-name", name, "--tool-args-json", json.dumps(arguments)

    def call(self, name, code=0, **arguments):
        return Answer.of(self.run(*self.call_options(name, arguments), code=code))

    def python(self, text, code=0, **arguments):
        return self.call("run_python_code", code, python_code=text, **arguments)


@scenario("server and revision are known")
def _(inspector):
    opened = inspector.run("--method", "initialize")
    revision = {"legacy": "2025-11-25", "auto": "2026-07-28"}[inspector.era]
    same("what is connected", (opened["serverInfo"]["name"], opened["protocolVersion"]), ("v8py", revision))


@scenario("the tools are listed, with schemas that other programs take")
def _(inspector):
    tools = inspector.run("--method", "tools/list", "--strict")["tools"]
    same("the list", [tool["name"] for tool in tools], TOOLS)
    same("the arguments of run_python_code", set(tools[0]["inputSchema"]["properties"]),
         {"python_code", "global_variables", "session_id", "timeout"})


@scenario("arguments may be words")
def _(inspector):
    result = inspector.run("--method", "tools/call", "--tool-name", "run_python_code", "--tool-arg",
                           "python_code=len(a)", 'global_variables={"a": [1, 2]}', "timeout=2.5")
    same("the text", Answer.of(result).text, "<status>success</status>\n<return_value>\n2\n</return_value>")


@scenario("pandas works", needs="packages")
def _(inspector):
    answer = inspector.python("import pandas as pd\nint(pd.DataFrame(rows)['a'].sum())",
                              global_variables={"rows": {"a": [1, 2, 3]}})
    same("the text", answer.text, "<status>success</status>\n<return_value>\n6\n</return_value>")
    same("the value", answer.structured["value"], 6)


@scenario("a figure is an image", needs="packages")
def _(inspector):
    answer = inspector.python("import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nNone")
    same("the types of the images", [kind for kind, _ in answer.images], ["image/png"])
    data = answer.images[0][1]
    same("the first bytes", data[:8], PNG)
    holds(min(struct.unpack(">II", data[16:24])) >= 200, "it is small")


@scenario("an error of Python is a result with its traceback")
def _(inspector):
    answer = inspector.python("1/0", code=5)
    same("isError", answer.is_error, True)
    same("the text", answer.text, f"<status>run-error</status>\n<error>\n{TRACEBACK}\n</error>")
    same("the error", answer.structured["error"], {"text": TRACEBACK, "type": "ZeroDivisionError", "line": 1})


@scenario("a time-out ends a call and tells so")
def _(inspector):
    begin = time.monotonic()
    answer = inspector.python(FOREVER, code=5, timeout=0.5)
    holds("<status>timeout</status>" in answer.text, f"the text is {answer.text}")
    holds(time.monotonic() - begin < 3, f"it took {time.monotonic() - begin:.1f} s")


@scenario("a session is there for a command only")
def _(inspector):
    session = inspector.call("start_session").structured["session_id"]
    gone = inspector.python("1", code=5, session_id=session)
    holds("start_session" in gone.text, f"it is not told what to do: {gone.text}")


@scenario("a file goes into a session")
def _(inspector):
    uploaded = inspector.call("upload_file", path="a.txt", text="ž\n").structured
    same("its size", uploaded["size"], 3)


@scenario("a file of a run is a link")
def _(inspector):
    answer = inspector.python("open('a.csv', 'w').write('a,b')")
    (link,) = answer.links
    same("the link", (link["name"], link["mimeType"], link["size"]), ("a.csv", "text/csv", 3))
    gone = inspector.run("--method", "resources/read", "--uri", link["uri"], code=1)
    holds("not found" in gone["message"], f"it is not told: {gone}")


@scenario("resources have templates")
def _(inspector):
    templates = inspector.run("--method", "resources/templates/list")["resourceTemplates"]
    same("the templates", {one["uriTemplate"] for one in templates},
         {"v8py://session/{session_id}/{+path}", "v8py://run/{run}/{+path}"})


@scenario("many calls may be in flight")
def _(inspector):
    load = inspector.run("--method", "tools/call", "--tool-name", "run_python_code", "--tool-arg", "python_code=1+1",
                         "--load", "--load-requests", "24", "--load-concurrency", "12")
    same("the calls", (load["ok"], load["toolErrors"], load["errors"]), (24, 0, 0))


def descendants(process):
    """Its processes, and their starting times: a number may be used again."""
    found, waiting = {}, [process]
    while waiting:
        # Of each thread those that it has started.
        for children in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                for child in children.read_text().split():
                    found[child] = started(child)
                    waiting.append(child)
    return found


def started(process):
    """None: it has ended, whether somebody has asked for its exit code or not."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


@scenario("an interrupt ends the call and everything that has run it")
def _(inspector):
    command = inspector.command(*inspector.call_options("run_python_code", {"python_code": FOREVER}))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        time.sleep(2)
        servers = descendants(process.pid)
        same("whether it has ended", process.poll(), None)
        holds(len(servers) >= 2, f"there is no server with a guest: {servers}")
        process.send_signal(signal.SIGINT)
        process.wait(SECONDS)
    finally:
        process.kill()
        process.wait()
    deadline = time.monotonic() + 2
    left = servers
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = {child: start for child, start in servers.items() if start and started(child) == start}
    same("what is left after 2 s", left, {})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--v8py", required=True, help="the program")
    parser.add_argument("--era", choices=("legacy", "auto"), default="legacy")
    parser.add_argument("arguments", nargs="*", help="of v8py mcp, after --")
    options = parser.parse_args()
    # Its launcher asks the PATH for node.
    os.environ["PATH"] = f"{fetch.program('node').parent}:{os.environ['PATH']}"
    inspector = Inspector(options.v8py, options.arguments, options.era)
    packages = any(word in ("--image", "--with") for word in options.arguments)
    lines = Lines()
    for name, needs, function in SCENARIOS:
        if needs == "packages" and not packages:
            lines.skip(name, "the server has no packages")
            continue
        with lines.line(name):
            function(inspector)
    raise SystemExit(1 if lines.failed else 0)


if __name__ == "__main__":
    main()
