#!/usr/bin/env python3
"""Runs v8py mcp under real MCP clients, those that fetch.py has installed: each starts the server itself.

Prints what fails, and "N passed, N failed" over all scenarios of all clients. A client that is not
installed is printed with the reason, and so is a scenario that a client cannot do; neither counts.
After each client, one more scenario: that no process is left.

Usage: run.py --v8py PROGRAM [--image FILE] [--set=ARGUMENTS] [--verbose] [CLIENT…]

  --image FILE       for the server, with numpy, pandas and matplotlib in it: v8py image build
                     --packages-from "$(python3 tests/packages/fetch.py)" --with numpy,pandas,matplotlib -o FILE
  --set=ARGUMENTS    more arguments of v8py mcp, as a shell would split them
  --verbose          also what passes
"""

import argparse
import ctypes
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import fetch

HERE = Path(__file__).resolve().parent
SECONDS = 240  # for a client
PR_SET_CHILD_SUBREAPER = 36

# Name: the part of fetch.py that it needs, its script and its arguments.
CLIENTS = {
    "python_sdk": ("python", "python_sdk.py"),
    "python_sdk_http": ("python", "python_sdk_http.py"),
    "python_sdk_session": ("python", "python_sdk_session.py"),
    "python_sdk_1": ("python-1", "python_sdk_1.py"),
    "fastmcp": ("python", "fastmcp_client.py"),
    "pydantic_ai": ("python", "pydantic_ai_agent.py"),
    "predecessor": ("predecessor", "predecessor_examples.py"),
    "typescript": ("node", "typescript_client.mjs"),
    "typescript_http": ("node", "typescript_client_http.mjs"),
    "typescript_auto": ("node", "typescript_client_auto.mjs"),
    "typescript_sdk_1": ("node", "typescript_sdk_1.mjs"),
    "inspector": ("node", "inspector_cli.py", "--era=legacy"),
    "inspector_auto": ("node", "inspector_cli.py", "--era=auto"),
}
LINE = re.compile(r"^(ok|FAIL|skip) (.*)")


def command(name):
    part, script, *arguments = CLIENTS[name]
    # What drives the Inspector's commands is any Python.
    interpreter = sys.executable if part == "node" and script.endswith(".py") else fetch.program(part)
    return [str(interpreter), str(HERE / script), *arguments]


def children():
    """Our processes that have not ended. What has lost its parent becomes a child of ours."""
    found = {}
    for process in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        if os.waitpid(int(process), os.WNOHANG)[0] == 0:
            found[int(process)] = Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ").strip()
    return found


def what_is_left():
    """The processes that a client and its servers have left behind; they are ended."""
    deadline = time.monotonic() + 3
    while children() and time.monotonic() < deadline:
        time.sleep(0.05)
    left = children()
    while still := children():
        for process in still:
            os.kill(process, signal.SIGKILL)
        time.sleep(0.02)
    return left


def run(name, program, arguments, home):
    """A client's lines, [(word, text)]."""
    # The Inspector keeps files at home, and nothing of ours is there to help.
    environment = os.environ | {"HOME": home, "PYTHONDONTWRITEBYTECODE": "1"}
    words = [*command(name), "--v8py", program, "--", *arguments]
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
                                   errors="replace", env=environment)
        try:
            output, _ = process.communicate(timeout=SECONDS)
            ending = "" if process.returncode in (0, 1) else f"exit code {process.returncode}"
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            ending = f"it has not ended after {SECONDS} s"
        errors.seek(0)
        lines = [found.groups() for found in map(LINE.match, output.splitlines()) if found]
        if ending or not lines or (process.returncode == 1) != any(word == "FAIL" for word, _ in lines):
            lines.append(("FAIL", f"the script ends: {ending or 'without a result'}\n{errors.read()[-3000:]}"))
    left = what_is_left()
    lines.append(("FAIL", f"no process is left: {left}") if left else ("ok", "no process is left"))
    return lines


def parse():
    parser = argparse.ArgumentParser(usage=__doc__.partition("Usage: ")[2])
    parser.add_argument("--v8py", required=True, type=Path)
    parser.add_argument("--image", type=Path)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("clients", nargs="*", metavar="CLIENT")
    options = parser.parse_args()
    if unknown := set(options.clients) - set(CLIENTS):
        sys.exit(f"run.py: there is no client {', '.join(unknown)}; there are {', '.join(CLIENTS)}")
    return options


def main():
    options = parse()
    arguments = ["--image", str(options.image.resolve())] if options.image else []
    for more in options.set:
        arguments += shlex.split(more)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    passed = failed = 0
    for name in options.clients or CLIENTS:
        if reason := fetch.missing(CLIENTS[name][0]):
            print(f"{name} is left out: {reason}", flush=True)
            continue
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="v8py-clients-") as home:
            lines = run(name, str(options.v8py.resolve()), arguments, home)
        for word, text in lines:
            passed += word == "ok"
            failed += word == "FAIL"
            if word != "ok" or options.verbose:
                print(f"{name}: {word} {text}", flush=True)
        if options.verbose:
            print(f"{name}: {time.monotonic() - begin:.1f} s", flush=True)
    print(f"{passed} passed, {failed} failed")
    # A run of nothing proves nothing.
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
