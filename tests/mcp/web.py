"""A server of Streamable HTTP, and requests to it that may be as wrong as a test wants them."""

import http.client
import json
import os
import re
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

from client import MODERN, PREFIX
from scenario import holds
from schemas import Schemas

TOKEN = "0123456789abcdef0123456789abcdef"
HANDSHAKE = "2025-06-18"  # a revision that has one, and so sessions
MIB = 1 << 20
# Of a call of run_python_code.
CALL = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": "run_python_code"}


def knowing(token):
    """The environment of a server that has this token; None: none."""
    return {**os.environ, **({"V8PY_HTTP_TOKEN": token} if token else {})}


@contextmanager
def serving(start, *options, address="127.0.0.1:0", token=None):
    process = subprocess.Popen(
        [start.program, "mcp", "--http", address, *options], stderr=subprocess.PIPE, text=True, env=knowing(token)
    )
    # What it logs must not make it wait.
    reader = threading.Thread(target=lambda: process.stderr.read())
    try:
        line = process.stderr.readline()
        found = re.search(r"http://.*:(\d+)/mcp", line)
        holds(found, f"no address in {line!r}")
        reader.start()
        yield process, int(found[1])
    finally:
        process.kill()
        process.wait()
        if reader.is_alive():
            reader.join()
        process.stderr.close()


def message(method, params, number=None):
    return json.dumps(
        {"jsonrpc": "2.0", **({} if number is None else {"id": number}), "method": method, "params": params}
    )


def headers_of(headers):
    return {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}


def of_session(session):
    return {"MCP-Protocol-Version": HANDSHAKE, "Mcp-Session-Id": session}


def body(method="tools/list", version=MODERN, number=1, capabilities=None, progress=None, **params):
    meta = {f"{PREFIX}protocolVersion": version, f"{PREFIX}clientCapabilities": capabilities or {}}
    if progress is not None:
        meta["progressToken"] = progress
    return message(method, {**params, "_meta": meta}, number)


def python(code):
    return {"name": "run_python_code", "arguments": {"python_code": code}}


def program(code, **more):
    return body("tools/call", **python(code), **more)


def exchange(port, data="", headers=None, verb="POST", path="/mcp"):
    """(status, headers, text) of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(verb, path, data, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def ask(port, verb="POST", data=None, path="/mcp", **changes):
    """(status, code of the error or None). A header's name is written with _; None leaves it out."""
    headers = headers_of({"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/list"})
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    headers = {name: value for name, value in headers.items() if value is not None}
    status, got, text = exchange(port, body() if data is None else data, headers, verb, path)
    if not (got["Content-Type"] or "").startswith("application/json"):
        return status, None
    answer = json.loads(text)
    if "error" in answer:
        Schemas.of(MODERN).check_error(answer)
        return status, answer["error"]["code"]
    Schemas.of(MODERN).check_result("tools/list", answer)
    return status, None


def open_session(port):
    client = {"protocolVersion": HANDSHAKE, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    return exchange(port, message("initialize", client, 1), headers_of({}))[1]["Mcp-Session-Id"]


def raw(data):
    """The bytes of such a request, for who does not wait for the answer."""
    lines = {"Host": "localhost", "Content-Length": len(data), **headers_of(CALL)}
    return ("POST /mcp HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n" + data).encode()


def call(port, code):
    """(status, text) of the answer to a call, which may be a stream."""
    status, _, text = exchange(port, program(code), headers_of(CALL))
    return status, text


def last_message(text):
    """Of an answer that is a stream, or one value."""
    return json.loads(text.rstrip().rpartition("data: ")[2])


def answers_a_call(port):
    """Whether a program still gets its turn, of which there is one at a time."""
    return "42" in call(port, "6 * 7")[1]


def memory(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
