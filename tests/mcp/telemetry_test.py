"""What `--telemetry` writes, read by OpenTelemetry's own definition of it; and what it must not tell."""

import stat
import subprocess
import tempfile
from pathlib import Path

import otlp
from client import MODERN, Server
from schemas import Invalid
from scenario import holds, one_of, same, test

SECRET = "Geheimnis9731"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
FOREVER = "while True: pass"


class File:
    """A file for telemetry, and what is in it once the servers have ended."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="v8py-mcp-telemetry-")
        self.path = Path(self.folder.name, "telemetry.jsonl")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    @property
    def lines(self):
        return self.path.read_text().splitlines()

    def spans(self):
        found = []
        for line in self.lines:
            message = otlp.read(line)
            for resource in getattr(message, "resource_spans", []):
                for scope in resource.scope_spans:
                    found += scope.spans
        return found

    def requests(self):
        """Attributes of requests by their ids."""
        return {
            otlp.attributes(span)["jsonrpc.request.id"]: otlp.attributes(span)
            for span in self.spans()
            if span.kind == span.SPAN_KIND_SERVER
        }

    def metrics(self):
        """Of the last line that has them, by name."""
        last = [line for line in self.lines if line.startswith('{"resourceMetrics"')][-1]
        (resource,) = otlp.read(last).resource_metrics
        (scope,) = resource.scope_metrics
        return {metric.name: metric for metric in scope.metrics}


def total(metric):
    (point,) = metric.sum.data_points
    return point.as_int


@test
def telemetry_is_spans_and_metrics_of_otlp(start):
    with File() as file:
        with start("--telemetry", str(file.path), era=MODERN) as server:
            meta = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            call = {"name": "run_python_code", "arguments": {"python_code": "6 * 7"}}
            server.ask("tools/call", {**call, "_meta": meta}, id="first")
            server.ask("tools/call", {**call, "_meta": {"traceparent": f"00-{TRACE}-{'0' * 16}-01"}}, id="second")
            server.ask("tools/list")
        same("the file's mode", stat.S_IMODE(file.path.stat().st_mode), 0o600)
        spans = file.spans()
        requests = [span for span in spans if span.kind == span.SPAN_KIND_SERVER]
        same("names", [span.name for span in requests], ["tools/call run_python_code"] * 2)
        first, second = requests
        same("the trace", first.trace_id.hex(), TRACE)
        same("the parent", first.parent_span_id.hex(), PARENT)
        holds(second.trace_id.hex() != TRACE and not second.parent_span_id, "an invalid parent was taken")
        told = otlp.attributes(first)
        for name, value in {
            "mcp.method.name": "tools/call",
            "mcp.protocol.version": MODERN,
            "gen_ai.tool.name": "run_python_code",
            "gen_ai.operation.name": "execute_tool",
            "jsonrpc.request.id": "first",
            "network.transport": "pipe",
        }.items():
            same(name, told.get(name), value)
        holds("error.type" not in told and first.status.code == 0, f"an error: {told}")
        for parent in requests:
            below = [span for span in spans if span.parent_span_id == parent.span_id]
            same("spans below", [span.name for span in below], ["queue", "run"])
            for span in below:
                same("their trace", span.trace_id, parent.trace_id)
                holds(
                    parent.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
                    and span.end_time_unix_nano <= parent.end_time_unix_nano,
                    "a span is not within its parent",
                )
            run = otlp.attributes(below[1])
            same("status", run["v8py.status"], "ok")
            holds(run["v8py.run_ms"] > 0 and run["v8py.wasm_bytes"] > 1 << 20, f"figures of the run: {run}")
        metrics = file.metrics()
        (point,) = metrics["mcp.server.operation.duration"].histogram.data_points
        same("how many", point.count, 2)
        same("bounds", list(point.explicit_bounds), [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300])
        holds(total(metrics["v8py.mcp.result.size"]) > 0, "no bytes have gone out")
        same("what was dropped", total(metrics["v8py.telemetry.dropped"]), 0)


@test
def telemetry_says_how_a_call_has_ended(start):
    python = "run_python_code"
    cases = [
        (python, {"python_code": "1 / 0"}, "tool_error"),
        (python, {"python_code": FOREVER, "timeout": 0.2}, "timeout"),
        (python, {"python_code": "import os\nos._exit(3)"}, None),
        (python, {"python_code": "open('/etc/passwd2', 'w')"}, None),
        (python, {"python_code": "import urllib.request\nurllib.request.urlopen('http://192.0.2.1/')"}, "denied"),
        (python, {"python_code": 1}, "tool_error"),
        ("run_python_code", {"python_code": "1", "session_id": SECRET}, "tool_error"),
        (SECRET, {}, "-32602"),
    ]
    with File() as file:
        with start("--telemetry", str(file.path), era=MODERN) as server:
            asked = [(server.call(tool, arguments), expected) for tool, arguments, expected in cases]
            running = server.tool(python, {"python_code": FOREVER})
            server.listen(0.5)
            server.cancel(running)
            server.barrier()
            read = server.ask("resources/read", {"uri": f"v8py://session/{SECRET}/x"})
        told = file.requests()
        for request, expected in [*asked, (running, "cancelled"), (read, "-32602")]:
            found = told[str(request.id)]
            if expected:
                same(f"error.type of {request.params}", found.get("error.type"), expected)
            elif request.is_error:
                holds("error.type" in found, f"no error in {found}")
            else:
                holds("error.type" not in found, f"an error in {found}")
        same("the code", told[str(read.id)]["rpc.response.status_code"], "-32602")
        points = file.metrics()["mcp.server.operation.duration"].histogram.data_points
        same("what is counted", sum(point.count for point in points), len(told))


@test
def telemetry_tells_no_secret(start):
    with File() as file:
        with start("--telemetry", str(file.path), era=MODERN) as server:
            session = server.call("start_session").value["session_id"]
            code = f"print('{SECRET}')\nopen('{SECRET}.txt', 'w').write('{SECRET}')\n'{SECRET}'"
            server.python(code, session_id=session, global_variables={SECRET: SECRET})
            server.python(f"class {SECRET}(Exception): pass\nraise {SECRET}('{SECRET}')")
            server.call("upload_file", {"session_id": session, "path": SECRET, "text": SECRET})
            server.call("read_file", {"session_id": session, "path": SECRET})
            server.ask("resources/read", {"uri": f"v8py://session/{session}/{SECRET}"})
            server.call(SECRET, {SECRET: SECRET})
        same("spans of requests", len(file.requests()), 7)
        text = file.path.read_text()
        for word in (SECRET, session):
            holds(word not in text, f"{word} is told: {text[max(0, text.find(word) - 200) :][:400]}")


@test
def servers_share_a_file_for_telemetry_and_go_on_when_it_takes_nothing(start):
    with File() as file:
        options = ("--telemetry", str(file.path))
        with start(*options, era=MODERN) as one:
            other = Server(start.program, *options, era=MODERN)
            try:
                for i in range(50):
                    requests = [(server, server.tool("list_sessions", id=f"{id(server)}-{i}")) for server in (one, other)]
                    for server, request in requests:
                        server.wait(request)
                other.close_input()
                same("the exit code of the other", other.wait_exit(), 0)
            finally:
                other.kill()
        same("requests", len(file.requests()), 100)
    with start("--telemetry", "/dev/full", era=MODERN) as server:
        for _ in range(5):
            same("isError", server.call("list_sessions").is_error, False)
        same("isError", server.python("1").is_error, False)


@test
def a_file_that_cannot_be_written_for_telemetry_ends_the_start(start):
    program = start.program
    for path in ("/", "/nowhere/telemetry", "-", ""):
        done = subprocess.run(
            [program, "mcp", "--telemetry", path], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        same(f"the exit code for {path!r}", done.returncode, 2)
        holds("telemetry" in done.stderr and (path or "''") in done.stderr, done.stderr)
        same("standard output", done.stdout, "")


@test
def a_program_does_not_write_the_telemetry_of_itself(start):
    with File() as file:
        folder = file.path.parent
        options = ("--telemetry", str(file.path), f"--allow-write={folder}:/data")
        with start(*options, era=MODERN) as server:
            other = server.python("open('/data/other', 'w').write('x')")
            same("isError for another file", other.is_error, False)
            request = server.python(f"open('/data/{file.path.name}', 'w')")
            same("isError for this one", request.is_error, True)
        one_of("error.type", file.requests()[str(request.id)]["error.type"], ("denied", "tool_error"))
        same("spans of requests", len(file.requests()), 2)


@test
def what_is_no_otlp_is_seen_and_without_the_option_there_is_no_file(start):
    # Negative controls.
    good = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%s","kind":2}]}]}]}' % TRACE
    otlp.read(good)
    for bad in (good.replace("kind", "sort"), good.replace("resourceSpans", "spans"), good.replace(":2", ':"x"')):
        try:
            otlp.read(bad)
        except Invalid:
            continue
        holds(False, f"it passes: {bad}")
    threads = []
    with File() as file:
        for options in ([], ["--telemetry", str(file.path)]):
            with start(*options, era=MODERN) as server:
                server.call("list_sessions")
                process = Path(f"/proc/{server.process.pid}")
                threads.append(len(list((process / "task").iterdir())))
                held = any(str(path.readlink()) == str(file.path) for path in (process / "fd").iterdir())
                same(f"whether the file is open with {options}", held, bool(options))
            same(f"whether it is there after {options}", file.path.exists(), bool(options))
    same("threads with it", threads[1], threads[0] + 1)
