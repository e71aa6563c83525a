"""A connection of an MCP client written in Python, as its script fills it in, and the run of all scenarios.

A client's script gives run() a function that connects. All of the client's scenarios (scenarios.py)
share one server, as in use. Each prints one line: "ok NAME", "FAIL NAME: why", or "skip NAME: why"
when the client cannot do such a thing.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import logging
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
SECONDS = 30  # for a scenario


class Failure(Exception):
    """What is seen is not what must be seen."""


def show(value):
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:400]} … {text[-150:]}"


def same(what, got, expected):
    if got != expected:
        raise Failure(f"{what} is {show(got)}, not {show(expected)}")


def holds(condition, why):
    if not condition:
        raise Failure(why)


@dataclass
class Answer:
    """A tool's result as a client hands it on. None: this client does not hand it on."""

    text: str | None = None
    structured: dict | None = None
    is_error: bool = False
    images: list = field(default_factory=list)     # (type, bytes)
    links: list = field(default_factory=list)      # {"uri", "name", "mimeType", "size"}
    resources: list = field(default_factory=list)  # {"uri", "mimeType", "text" or "blob"}

    @classmethod
    def of(cls, result):
        """From a result in the form that it has on the wire."""
        blocks = result["content"]
        return cls(
            text="\n".join(block["text"] for block in blocks if block["type"] == "text"),
            structured=result.get("structuredContent"),
            is_error=bool(result.get("isError")),
            images=[(block["mimeType"], base64.b64decode(block["data"], validate=True))
                    for block in blocks if block["type"] == "image"],
            links=[block for block in blocks if block["type"] == "resource_link"],
            resources=[block["resource"] for block in blocks if block["type"] == "resource"])


class Connection:
    """What a client's script fills in."""

    protocol = ""            # the revision that client and server agree upon
    cannot = {}              # what a scenario needs → why this client does not do it
    protocol_error = ()      # what it raises for an error that is no tool's result
    hands_on_both = True     # the text and the structured content of a result

    def __init__(self, logs):
        self.logs = logs     # (level, data), as they come

    @staticmethod
    def wire(model):
        """What the SDK has read, in the form that it had."""
        return model.model_dump(by_alias=True, mode="json", exclude_none=True)

    @staticmethod
    def progress(on_progress):
        """The SDK's callback for ours."""
        async def report(progress, total, message):
            on_progress(progress, message)
        return report if on_progress else None

    @staticmethod
    def check_schema(schema):
        import jsonschema  # a part of the SDK
        jsonschema.validators.validator_for(schema).check_schema(schema)

    async def version(self):
        """The server's name, and the revision that is spoken."""
        raise NotImplementedError

    async def tools(self):
        """The tools as they are on the wire."""
        raise NotImplementedError

    async def call(self, name, arguments, on_progress=None):
        """An Answer. on_progress(progress, message) is called for each notification."""
        raise NotImplementedError

    async def read(self, uri):
        """The contents of a resource as they are on the wire."""
        raise NotImplementedError

    async def resources(self):
        """The resources that the server lists, as they are on the wire."""
        raise NotImplementedError

    async def listen(self, level):
        """Asks for logs from a level on; None: for none."""
        raise NotImplementedError

    async def cancelled(self, arguments, after):
        """Calls run_python_code and cancels the call; in these clients, by cancelling who waits for it."""
        try:
            answer = await asyncio.wait_for(self.call("run_python_code", arguments), after)
        except TimeoutError:
            return
        raise Failure(f"the call had ended before it was cancelled: {answer}")

    async def python(self, code, **arguments):
        return await self.call("run_python_code", {"python_code": code, **arguments})

    async def tool(self, name, **arguments):
        """The structured content of a tool that has an output schema."""
        answer = await self.call(name, arguments)
        holds(not answer.is_error, f"{name} has failed: {answer.text}")
        if answer.text is not None:
            same(f"the text of {name}, as JSON,", json.loads(answer.text), answer.structured)
        return answer.structured

    def check(self, answer, text, **members):
        """That both forms of a result say the same; a client may hand on one of them."""
        holds(answer.text is not None or answer.structured is not None, "there is neither text nor structured content")
        if self.hands_on_both or answer.text is not None:
            same("the text", answer.text, text)
        if self.hands_on_both or answer.structured is not None:
            for name, expected in members.items():
                same(f"{name} of the structured content", (answer.structured or {}).get(name), expected)


class Complaints(logging.Handler):
    """What a client logs as a warning or worse, like a message that it could not read."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        self.texts.append(f"{record.name}: {record.getMessage()}")


class Lines:
    failed = 0

    def ok(self, name):
        print(f"ok {name}", flush=True)

    def fail(self, name, why):
        self.failed += 1
        print(f"FAIL {name}: {why}".replace("\n", "\\n"), flush=True)

    def skip(self, name, why):
        print(f"skip {name}: {why}", flush=True)

    @contextlib.contextmanager
    def line(self, name):
        try:
            yield
        except (Failure, TimeoutError) as error:
            self.fail(name, str(error) or f"not done within {SECONDS} s")
        except Exception as error:  # of the client, or of a check that finds something else than it looks for
            where = traceback.extract_tb(error.__traceback__)
            ours = [frame for frame in where if Path(frame.filename).parent == HERE][-1]
            self.fail(name, f"{type(error).__name__}: {error} ({Path(ours.filename).name}, line {ours.lineno})")
        else:
            self.ok(name)


async def run_scenarios(scenarios, connect, program, arguments, lines):
    complaints = Complaints()
    logging.getLogger().addHandler(complaints)
    packages = any(word in ("--image", "--with") for word in arguments)
    async with connect(program, ["mcp", *arguments]) as client:
        for name, needs, function in scenarios:
            if needs == "packages" and not packages:
                lines.skip(name, "the server has no packages")
                continue
            if needs in client.cannot:
                lines.skip(name, client.cannot[needs])
                continue
            with lines.line(name):
                async with asyncio.timeout(SECONDS):
                    await function(client)
        # A session with a guest that runs does not hold up the end.
        with lines.line("a session is there at the end"):
            session = (await client.tool("start_session"))["session_id"]
            await client.python("x = 1", session_id=session)
        begin = time.monotonic()
    took = time.monotonic() - begin
    with lines.line("the server ends by itself when the client closes"):
        # From 2 s on, clients send signals.
        holds(took < 1.5, f"closing took {took:.1f} s")
    with lines.line("the client does not complain"):
        same("the log", complaints.texts, [])


@contextlib.asynccontextmanager
async def http(program, arguments):
    """The URL of a server."""
    process = await asyncio.create_subprocess_exec(
        program, *arguments, "--http", "127.0.0.1:0", stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
    try:
        line = (await process.stderr.readline()).decode()
        yield line.split()[-1]
    finally:
        process.terminate()
        await process.wait()


class SessionConnection(Connection):
    """What a ClientSession of the official Python SDK has in its releases 1 and 2 alike."""

    def __init__(self, session, logs):
        super().__init__(logs)
        self.session = session

    async def tools(self):
        return self.wire(await self.session.list_tools())["tools"]

    async def call(self, name, arguments, on_progress=None):
        result = await self.session.call_tool(name, arguments, progress_callback=self.progress(on_progress))
        return Answer.of(self.wire(result))

    async def resources(self):
        return self.wire(await self.session.list_resources())["resources"]

    async def listen(self, level):
        await self.session.set_logging_level(level or "emergency")


def registry():
    """(scenarios, a decorator that adds a function to them): (name, what it needs, function) each."""
    scenarios = []

    def scenario(name, needs=""):
        def add(function):
            scenarios.append((name, needs, function))
            return function
        return add

    return scenarios, scenario


def run(scenarios, connect):
    """The main function of a client's script."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--v8py", required=True, help="the program")
    parser.add_argument("arguments", nargs="*", help="of v8py mcp, after --")
    options = parser.parse_args()
    lines = Lines()
    try:
        asyncio.run(run_scenarios(scenarios, connect, options.v8py, options.arguments, lines))
    except Exception as error:
        lines.fail("the client connects and closes", "".join(traceback.format_exception(error))[-2000:])
    raise SystemExit(1 if lines.failed else 0)
