"""The client of `mcp`: one for all servers, newline-delimited JSON-RPC on their standard input and output.

It believes nothing: an answer that is not the program's value is an error, and ends the measurement of that server.
"""

import contextlib
import itertools
import json
import os
import select
import subprocess
import tempfile
import time
from pathlib import Path

REVISION = "2025-06-18"  # the newest that all servers speak
SECONDS = 60  # for an answer
EXIT_SECONDS = 5  # from the end of its input; then it is killed
# The program of every call: what all servers can run, one of which has a subset of Python and breaks on print.
PROGRAM, VALUE = "a = 6\nb = 7\na * b", "42"


class Client:
    """A server as a process, and all that is asked of it. Use as a context; RuntimeError when it fails."""

    def __init__(self, server):
        self.server, self.numbers, self.buffer = server, itertools.count(1), b""
        self.errors = tempfile.TemporaryFile()
        self.began = time.perf_counter()
        self.process = subprocess.Popen([str(word) for word in server.command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors, bufsize=0,
                                        env=os.environ | server.environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def since_start(self):
        return (time.perf_counter() - self.began) * 1000

    # ---- Messages ----

    def send(self, *messages):
        self.process.stdin.write(b"".join(json.dumps(message).encode() + b"\n" for message in messages))

    def request(self, method, params):
        return {"jsonrpc": "2.0", "id": next(self.numbers), "method": method, "params": params}

    def receive(self):
        """The next answer: its id, and its result."""
        while True:
            message = json.loads(self.line())
            if "method" in message:  # a notification
                continue
            if "result" not in message:
                raise RuntimeError(f"it answers {message}")
            return message["id"], message["result"]

    def line(self):
        while b"\n" not in self.buffer:
            if not select.select([self.process.stdout], [], [], SECONDS)[0]:
                raise RuntimeError(f"it is silent for {SECONDS} s")
            if not (data := os.read(self.process.stdout.fileno(), 1 << 16)):
                raise RuntimeError(f"it ended: {self.last_words()}")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line

    def last_words(self):
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").splitlines()
        return next((line for line in reversed(lines) if line and line[0] != " "), "no reason given")

    def ask(self, method, params):
        request = self.request(method, params)
        self.send(request)
        identifier, result = self.receive()
        if identifier != request["id"]:
            raise RuntimeError(f"it answers {identifier}, and {request['id']} was asked")
        return result

    # ---- What is measured ----

    def initialize(self):
        """Milliseconds from the start of the process to the answer."""
        self.ask("initialize", {"protocolVersion": REVISION, "capabilities": {},
                                "clientInfo": {"name": "v8py bench", "version": "1"}})
        milliseconds = self.since_start()
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return milliseconds

    def run(self, **where):
        """Milliseconds from the request to the value of PROGRAM; `where`: {}, or the session."""
        began = time.perf_counter()
        result = self.ask("tools/call", self.program(where))
        milliseconds = (time.perf_counter() - began) * 1000
        self.check(result)
        return milliseconds

    def run_at_once(self, count):
        """Milliseconds from the first request to each of the answers, in their order."""
        requests = [self.request("tools/call", self.program({})) for _ in range(count)]
        began = time.perf_counter()
        self.send(*requests)
        answers = [(*self.receive(), (time.perf_counter() - began) * 1000) for _ in requests]
        if {identifier for identifier, _, _ in answers} != {request["id"] for request in requests}:
            raise RuntimeError(f"it has not answered each once")
        for _, result, _ in answers:
            self.check(result)
        return [milliseconds for _, _, milliseconds in answers]

    def program(self, where):
        return {"name": self.server.tool, "arguments": {self.server.argument: PROGRAM, **where}}

    def check(self, result):
        text = "\n".join(block.get("text", "") for block in result["content"])
        if result.get("isError") or VALUE not in text.split():
            raise RuntimeError(f"it gives {text[:200]!r} instead of {VALUE}")

    @contextlib.contextmanager
    def session(self):
        """One that is kept: what run() wants to know of it."""
        where = {"session_id": self.tool("start_session")["session_id"]}
        yield where
        self.tool("end_session", **where)

    def tool(self, name, **arguments):
        result = self.ask("tools/call", {"name": name, "arguments": arguments})
        if result.get("isError"):
            raise RuntimeError(f"{name}: {result['content']}")
        return result.get("structuredContent")

    def memory(self):
        """Megabytes of the server and of all processes below it. What processes share is divided among them: a v8py that
        runs beside it makes it look smaller."""
        return sum(map(proportional, tree(self.process.pid)))

    def own_memory(self):
        return proportional(self.process.pid)


def tree(pid):
    yield pid
    with contextlib.suppress(OSError):  # it has ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from tree(int(child))


def proportional(pid):
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):  # it has ended
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6
