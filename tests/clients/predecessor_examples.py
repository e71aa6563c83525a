"""The examples in mcp-run-python's documentation, run as they stand there but for the command and the package's name.

The documentation is the description in its wheel, which fetch.py has downloaded; the examples are cut out
of it here, and the clients that they use are the real ones. v8py's package is installed by pip.
"""

import argparse
import asyncio
import contextlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

import fetch
from connection import Lines, holds, same
from predecessor_model import TOOL

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parents[1] / "host/include/python"
SECONDS = 60


class Documentation:
    def __init__(self, wheel):
        with zipfile.ZipFile(wheel) as archive:
            (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
            self.text = archive.read(metadata).decode()
            # The names that it really has.
            self.names = archive.read("mcp_run_python/__init__.py").decode()
            self.example = archive.read("mcp_run_python/deno/src/main.ts").decode()

    def script(self, word):
        """The code block that has this word."""
        (found,) = (block for block in re.findall(r"```py(?:thon)?\n(.*?)```", self.text, re.DOTALL) if word in block)
        return found

    def shown(self, script):
        """What a script's comments say that it prints; a stray letter follows the sentence."""
        return re.search(r"#> (.*\.)\w?$", script, re.MULTILINE)[1]


class Machine:
    """A folder of programs, first on PATH, and the environment that an example has."""

    def __init__(self, folder, v8py, arguments):
        self.folder = Path(folder)
        self.package = self.folder / "package"
        self.programs = self.folder / "programs"
        self.programs.mkdir()
        # How this machine gets packages is said to the program, not in the examples.
        given = shlex.join(arguments)
        self.program("v8py", f'command=$1; shift; exec {shlex.quote(v8py)} "$command" {given} "$@"')
        self.environment = os.environ | {
            "PATH": f"{self.programs}:{os.environ['PATH']}", "PYTHONPATH": str(self.package), "HOME": str(self.folder),
            "LOGFIRE_SEND_TO_LOGFIRE": "false"}

    def program(self, name, line):
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o700)

    def install(self):
        """As the documentation says: pip install."""
        source = self.folder / "source"
        shutil.copytree(PACKAGE, source)
        self.output(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                    "--target", self.package, source)
        # The variable: clients give a server little of their environment.
        script = self.package / "bin/mcp-run-python"
        self.program(script.name, f'PYTHONPATH={shlex.quote(str(self.package))} exec {shlex.quote(str(script))} "$@"')

    def output(self, *command):
        """What a command prints; it succeeds, and says nothing of an error."""
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=self.environment, cwd=self.folder, timeout=SECONDS, check=False)
        same("the exit code", (done.returncode, done.stderr[-2000:] if done.returncode else ""), (0, ""))
        holds("Traceback" not in done.stderr, f"it complains: {done.stderr[-2000:]}")
        return done.stdout

    def run(self, script):
        path = self.folder / "example.py"
        path.write_text(script)
        return self.output(sys.executable, HERE / "predecessor_model.py", path)


def changed(script, *changes):
    """A script with each of (old, new); each old is there once, so each changes one line."""
    for old, new in changes:
        same(f"how often the example has {old!r}", script.count(old), 1)
        script = script.replace(old, new)
    return script


def agent_by_command(documentation, machine, command):
    script = documentation.script("mcp-run-python@latest")
    # This line fails in mcp-run-python, too: it has no such name, and the example does not use it.
    line = "from mcp_run_python import deno_args_prepare\n"
    holds("deno_args_prepare" not in documentation.names, "mcp-run-python has the name")
    output = machine.run(changed(script, (line, ""), ("'uvx', args=['mcp-run-python@latest', 'stdio']", command)))
    holds(documentation.shown(script) in output.splitlines(), f"the output is {output}")


def agent_by_prepare_deno_env(documentation, machine):
    script = documentation.script("async_prepare_deno_env")
    output = machine.run(changed(script, ("from mcp_run_python import", "from v8py.compat import"),
                                 ("'deno'", "'v8py'")))
    holds(documentation.shown(script) in output.splitlines(), f"the output is {output}")


def code_sandbox(documentation, machine):
    output = machine.run(changed(documentation.script("code_sandbox("),
                                 ("from mcp_run_python import", "from v8py.compat import")))
    # As its documentation of the dictionaries has it, and NumPy of its print().
    same("what is printed", output, f"{ {'status': 'success', 'output': ['[1 2 3]'], 'return_value': [1, 2, 3]} }\n")


def command_example(documentation, machine):
    (command,) = set(re.findall(r"`uvx (mcp-run-python --deps numpy example)`", documentation.text))
    output = machine.output(*command.split())
    # Its first line is in the program's source.
    first = re.search(r"console\.log\('(Tool return value:)'\)", documentation.example)[1]
    lines = output.splitlines()
    same("the first lines", lines[:3], [first, "<status>success</status>", "<output>"])
    holds("[1 2 3]" in lines[3], f"the output is {output}")
    same("the rest", lines[4:], ["</output>", "<return_value>", "[", "  1,", "  2,", "  3", "]", "</return_value>"])


def usage(documentation, machine):
    (line,) = re.findall(r"^uvx mcp-run-python (\[-h\].*)$", documentation.text, re.MULTILINE)
    says = machine.output("mcp-run-python", "-h")
    words = re.findall(r"-+[a-z-]+|(?<=[{,])[a-z-]+", line)
    same("the number of words", len(words) >= 8, True)
    same("the words that are not known", [word for word in words if word not in says], [])
    holds(machine.output("mcp-run-python", "--version").startswith("mcp-run-python "), "there is no version")


async def ask(url):
    async with streamablehttp_client(url) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        names = [tool.name for tool in (await session.list_tools()).tools]
        result = await session.call_tool(TOOL, {"python_code": "print('here')\n6 * 7"})
        return names[0], result.content[0].text


def http_mode(documentation, machine, mode):
    holds(f"- `{mode}` " in documentation.text, "there is no such mode")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["mcp-run-python", "--port", str(port), mode]
    server = subprocess.Popen(command, env=machine.environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while server.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        same("the server's exit code", server.poll(), None)
        same("tool and result", asyncio.run(asyncio.wait_for(ask(f"http://127.0.0.1:{port}/mcp"), SECONDS)),
             (TOOL, "<status>success</status>\n<output>\nhere\n</output>\n<return_value>\n42\n</return_value>"))
    finally:
        server.terminate()
        server.wait(5)


EXAMPLES = {
    "pydantic-ai's agent starts the server as v8py mcp stdio":
        lambda *given: agent_by_command(*given, "'v8py', args=['mcp', 'stdio']"),
    "pydantic-ai's agent starts the server as mcp-run-python stdio":
        lambda *given: agent_by_command(*given, "'mcp-run-python', args=['stdio']"),
    "pydantic-ai's agent starts what async_prepare_deno_env gives": agent_by_prepare_deno_env,
    "code_sandbox runs NumPy": code_sandbox,
    "mcp-run-python --deps numpy example": command_example,
    "the usage line": usage,
    "streamable-http": lambda *given: http_mode(*given, "streamable-http"),
    "streamable-http-stateless": lambda *given: http_mode(*given, "streamable-http-stateless"),
}
NEED_PACKAGES = {"code_sandbox runs NumPy", "mcp-run-python --deps numpy example"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--v8py", required=True, help="the program")
    parser.add_argument("arguments", nargs="*", help="of v8py mcp, after --")
    options = parser.parse_args()
    lines = Lines()
    documentation = Documentation(fetch.wheel("predecessor"))
    with tempfile.TemporaryDirectory(prefix="v8py-predecessor-") as folder:
        machine = Machine(folder, options.v8py, options.arguments)
        with lines.line("pip installs the package"):
            machine.install()
        for name, example in EXAMPLES.items():
            if name in NEED_PACKAGES and "--image" not in options.arguments:
                lines.skip(name, "the server has no packages")
                continue
            with lines.line(name):
                example(documentation, machine)
    raise SystemExit(1 if lines.failed else 0)


if __name__ == "__main__":
    main()
