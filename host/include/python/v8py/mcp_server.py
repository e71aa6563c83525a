"""A `v8py mcp` of one's own, spoken to on its standard input and output: one JSON-RPC message per line.

Requests may run at the same time. Whoever waits for an answer gets it, or ServerError when the server
ends, however it ends; cancelling who waits cancels the call in the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any

from . import __version__

# The server's are at most 4 MB long, and it reads up to 16 MiB.
_LONGEST_LINE = 8 << 20
_LONGEST_REQUEST = 15 << 20
_REVISION = "2025-11-25"
# From the end of its input to a signal, as other clients have it.
_EXIT_SECONDS = 2.0
_ERRORS_KEPT = 4000

LogHandler = Callable[[str, str], None]


class ServerError(RuntimeError):
    """The server has ended, could not be started, or has refused a request."""


class McpServer:
    """A running server; an asynchronous context manager. Belongs to one event loop."""

    def __init__(self, command: Sequence[str], log_handler: LogHandler | None = None) -> None:
        self._command = list(command)
        self._log_handler = log_handler
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._said = ""  # the end of what it has said on standard error
        self._ended: ServerError | None = None

    async def __aenter__(self) -> McpServer:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, stderr=pipe, limit=_LONGEST_LINE
        )
        self._errors = asyncio.create_task(self._read_errors())
        self._messages = asyncio.create_task(self._read())
        try:
            client = {"name": "v8py.compat", "version": __version__}
            await self.request("initialize", protocolVersion=_REVISION, capabilities={}, clientInfo=client)
            await self._send("notifications/initialized")
            if self._log_handler:
                await self.request("logging/setLevel", level="debug")
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def request(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a request."""
        if self._ended:
            raise self._ended
        number = next(self._numbers)
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._send(method, number, params)
            message = await answer
        except asyncio.CancelledError:
            # Not for a call that nobody knows any more.
            if not self._ended:
                self._write("notifications/cancelled", params={"requestId": number})
            raise
        finally:
            del self._waiting[number]
        if "error" in message:
            raise ServerError(message["error"]["message"])
        return message["result"]

    def _write(self, method: str, number: int | None = None, params: dict[str, Any] | None = None) -> None:
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
        if number is not None:
            message["id"] = number
        if params:
            message["params"] = params
        # What is not JSON (NaN, half a character, an object) is the caller's error, before anything is sent.
        line = json.dumps(message, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        if len(line) > _LONGEST_REQUEST:
            raise ValueError(f"the request has {len(line)} bytes; at most {_LONGEST_REQUEST}")
        assert self._process.stdin
        self._process.stdin.write(line)

    async def _send(self, method: str, number: int | None = None, params: dict[str, Any] | None = None) -> None:
        self._write(method, number, params)
        assert self._process.stdin
        # That it has gone is found by _read(), which knows why.
        with contextlib.suppress(ConnectionError):
            await self._process.stdin.drain()

    # ---- From the server ----

    async def _read(self) -> None:
        assert self._process.stdout
        try:
            while line := await self._process.stdout.readline():
                self._take(json.loads(line))
        except Exception as error:  # whatever a line may have that is no message
            self._process.kill()
            self._fail(f"it has sent what is no message: {error}")
        else:
            await self._tell_end()

    def _take(self, message: dict[str, Any]) -> None:
        if "method" in message:
            if message["method"] == "notifications/message":
                self._log(message["params"])
        elif (number := message.get("id")) is None:
            self._fail(message["error"]["message"])
        elif (waiting := self._waiting.get(number)) and not waiting.done():
            waiting.set_result(message)

    def _log(self, params: dict[str, Any]) -> None:
        if not self._log_handler:
            return
        try:
            self._log_handler(params["level"], params["data"])
        except Exception as error:  # the caller's; the answers must still be read
            asyncio.get_running_loop().call_exception_handler({"message": "log_handler has failed", "exception": error})

    async def _read_errors(self) -> None:
        assert self._process.stderr
        while data := await self._process.stderr.read(1 << 16):
            self._said = (self._said + data.decode(errors="replace"))[-_ERRORS_KEPT:]

    async def _tell_end(self) -> None:
        # It closes its output when it ends, or a little before.
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._process.wait(), _EXIT_SECONDS)
        # What it has said last; something else may still hold that pipe.
        await asyncio.wait([self._errors], timeout=0.2)
        code = self._process.returncode
        self._fail("its output is closed" if code is None else f"exit code {code}")

    def _fail(self, why: str) -> None:
        """Tells all who wait that nothing will come; the first reason counts."""
        said = self._said.strip()
        self._ended = self._ended or ServerError(f"v8py mcp has ended ({why})" + (f": {said}" if said else ""))
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(self._ended)

    # ---- The end ----

    async def _close(self) -> None:
        """Closes its input, and waits; what does not end then is ended. Also when this wait is cancelled."""
        process = self._process
        assert process.stdin
        process.stdin.close()
        try:
            for signal in (process.terminate, process.kill, None):
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(process.wait(), _EXIT_SECONDS)
                    break
                self._signal(signal)
        finally:
            self._signal(process.kill)
            tasks = (self._messages, self._errors)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # Its pipes, too, whoever else may hold them.
            process._transport.close()  # type: ignore[attr-defined]
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await asyncio.wait_for(process.stdin.wait_closed(), _EXIT_SECONDS)
            self._fail("the sandbox is closed")

    def _signal(self, send: Callable[[], None] | None) -> None:
        if send and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                send()
