"""The names of mcp-run-python, for programs that come from there: their import is the only change.

    from v8py.compat import code_sandbox      # was: from mcp_run_python import code_sandbox

What is the same: arguments, defaults, and the dictionaries that come back. So network is on unless
`allow_networking=False` is given; it reaches public addresses only, never this machine or its network.
What is not: each `eval` has a fresh interpreter (files and imported modules of the one before are gone), and
limits: `status` may also be "timeout", "memory" or "killed" (options=["--timeout=5m"] sets them), of more than
2 MiB of output the middle is left out, with a note, and a value of more than 200 000 characters is a "run-error".
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict, Union

from .mcp_server import McpServer, ServerError
from .program import find_program, package_words, server_words

__all__ = (
    "CodeSandbox", "DenoEnv", "RunError", "RunSuccess", "ServerError", "async_prepare_deno_env", "code_sandbox",
    "prepare_deno_env", "run_mcp_server",
)

JsonData = Union[str, bool, int, float, None, "list[JsonData]", "dict[str, JsonData]"]
LoggingLevel = Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
LogHandler = Callable[[LoggingLevel, str], None]
Mode = Literal["stdio", "streamable_http", "streamable_http_stateless", "example"]
# What stands in long output for what the server has left out; it keeps all of it.
_LEFT_OUT = re.compile(r"… \[\d+ lines are left out; all of it, \d+ bytes: (v8py://run/[\w-]+/output\.txt)\]")

# The length of what is left of a value that is longer as JSON; no whole text is as long.
_CUT_VALUE = 200_000


class RunSuccess(TypedDict):
    status: Literal["success"]
    output: list[str]
    return_value: JsonData


class RunError(TypedDict):
    status: Literal["install-error", "run-error", "timeout", "memory", "killed"]
    output: list[str]
    error: str


class CodeSandbox:
    """What code_sandbox() gives. Several `eval` may run at the same time, each in an interpreter of its own."""

    def __init__(self, server: McpServer) -> None:
        self._server = server

    async def eval(self, code: str, globals: dict[str, Any] | None = None) -> RunSuccess | RunError:
        """Runs code. An error in it is a result; ServerError is raised when there is none.

        `globals`: its global variables, as JSON has them; dataclasses and pydantic's models become
        dictionaries, bytes text, whatever else JSON does not know a TypeError. Cancelling ends the code.
        """
        arguments: dict[str, Any] = {"python_code": code}
        if globals is not None:
            arguments["global_variables"] = _plain(globals)
        result = await self._server.request("tools/call", name="run_python_code", arguments=arguments)
        outcome = _read(result["content"][0]["text"])
        outcome["output"] = await self._whole(outcome["output"])
        if outcome["status"] == "success" and "structuredContent" in result:
            # In the text a long value is shortened.
            outcome["return_value"] = value = result["structuredContent"]["value"]
            if isinstance(value, str) and len(value) >= _CUT_VALUE:
                error = "the return value is too large: print it, or return a part of it"
                return {"status": "run-error", "output": outcome["output"], "error": error}
        return outcome

    async def _whole(self, output: list[str]) -> list[str]:
        """Without gaps. A program may print the words of one, but not the name of a file that is there."""
        for line in output:
            if found := _LEFT_OUT.fullmatch(line):
                with contextlib.suppress(ServerError):
                    kept = await self._server.request("resources/read", uri=found[1])
                    return kept["contents"][0]["text"].removesuffix("\n").split("\n")
        return output


@contextlib.asynccontextmanager
async def code_sandbox(
    *,
    dependencies: Sequence[str] | None = None,
    log_handler: LogHandler | None = None,
    allow_networking: bool = True,
    options: Sequence[str] = (),
) -> AsyncIterator[CodeSandbox]:
    """A sandbox, with its packages installed; RuntimeError when they cannot be.

    `log_handler` is told each line that code prints ("info", or "warning" from stderr), and what is done to
    install ("debug"). `options`: more of `v8py mcp --help`, beyond what mcp-run-python has.
    """
    words = server_words(
        "stdio", dependencies=dependencies, return_mode="json", allow_networking=allow_networking
    )
    async with McpServer([find_program(), *words, "--structured=always", *options], log_handler) as server:
        sandbox = CodeSandbox(server)
        if dependencies:
            outcome = await sandbox.eval("")
            if outcome["status"] != "success":
                raise RuntimeError(f"installing {', '.join(dependencies)} has failed: {outcome['error']}")
        yield sandbox


def run_mcp_server(
    mode: Mode,
    *,
    http_port: int | None = None,
    dependencies: Sequence[str] | None = None,
    return_mode: Literal["json", "xml"] = "xml",
    deps_log_handler: LogHandler | None = None,
    allow_networking: bool = True,
    verbose: bool = False,
) -> int:
    """Serves until the client leaves, or Ctrl-C; the exit code. Packages are installed by the first call."""
    del deps_log_handler  # what the server does is told to its clients
    words = server_words(
        mode, dependencies=dependencies, return_mode=return_mode, allow_networking=allow_networking,
        http_port=http_port,
    )
    try:
        return subprocess.run([find_program(), *words, *(["--verbose"] if verbose else [])], check=False).returncode
    except KeyboardInterrupt:
        return 0


@dataclasses.dataclass
class DenoEnv:
    """How to start a server: `v8py` (there it was `deno`) with `args`, in `cwd`, a temporary folder."""

    cwd: Path
    args: list[str]


@contextlib.contextmanager
def prepare_deno_env(
    mode: Mode,
    *,
    http_port: int | None = None,
    dependencies: Sequence[str] | None = None,
    return_mode: Literal["json", "xml"] = "xml",
    deps_log_handler: LogHandler | None = None,
    allow_networking: bool = True,
) -> Iterator[DenoEnv]:
    """Installs packages and gives the arguments of a server; RuntimeError when they cannot be installed."""
    words = server_words(
        mode, dependencies=dependencies, return_mode=return_mode, allow_networking=allow_networking,
        http_port=http_port,
    )
    if dependencies:
        _install(dependencies, deps_log_handler)
    folder = tempfile.mkdtemp(prefix="v8py-")
    try:
        yield DenoEnv(Path(folder), words)
    finally:
        shutil.rmtree(folder)


@contextlib.asynccontextmanager
async def async_prepare_deno_env(mode: Mode, **options: Any) -> AsyncIterator[DenoEnv]:
    """prepare_deno_env() for an event loop, with the same arguments."""
    context = prepare_deno_env(mode, **options)
    env = await asyncio.to_thread(context.__enter__)
    try:
        yield env
    finally:
        context.__exit__(None, None, None)


def _install(dependencies: Sequence[str], log_handler: LogHandler | None) -> None:
    command = [find_program(), "exec", *package_words(dependencies), "-c", ""]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.STDOUT, text=True) as run:
        assert run.stdout
        lines = []
        for line in run.stdout:
            lines.append(line.strip())
            if log_handler:
                log_handler("info", lines[-1])
    if run.returncode != 0:
        raise RuntimeError(f"installing {', '.join(dependencies)} has failed: " + "\n".join(lines))


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # the server's own words
        raise ServerError(text) from None


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):  # of pydantic
        return value.model_dump(mode="json")
    return value.decode() if isinstance(value, bytes) else value
