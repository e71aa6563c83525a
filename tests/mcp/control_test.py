"""The tests' own control: a server that misbehaves in one way at a time, and a client that must notice each."""

import json
import pathlib
import sys
import tempfile

from client import MODERN, Server, Violation
from scenario import holds, same, test

# Answers the handshake as it should be, and a ping or a list first by what it is told to say.
FAKE = """#!%s
import json, os, subprocess, sys, time
say = json.loads(sys.argv[2])
for line in sys.stdin:
    message = json.loads(line)
    method, identifier = message.get("method"), message.get("id")
    result = {}
    if method == "initialize":
        result = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {},
                  "serverInfo": {"name": "fake", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": [{"name": "t", "inputSchema": {"type": "object"}, "outputSchema": {
            "type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}]}
    elif method in ("ping", "tools/call", "server/discover"):
        for said in say.get(method, []):
            said = said.replace("ID", json.dumps(identifier)).replace("LONG", "x" * (4 << 20))
            sys.stdout.buffer.write(said.encode("latin-1") + b"\\n")
            sys.stdout.buffer.flush()
        if method in say:
            continue
    if identifier is not None:
        print(json.dumps({"jsonrpc": "2.0", "id": identifier, "result": result}), flush=True)
if "leave" in say:
    open(os.environ["TMPDIR"] + "/file", "w").close()
if "orphan" in say:
    subprocess.Popen(["sleep", "30"], stdout=subprocess.DEVNULL, start_new_session=True)
while "stay" in say: time.sleep(1)
sys.exit(say.get("exit", 0))
"""
PONG = '{"jsonrpc":"2.0","id":ID,"result":{}}'
PROGRESS = '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":%s}}'


def result(text):
    return '{"jsonrpc":"2.0","id":ID,"result":%s}' % text


# What is said to a ping, and a part of the complaint.
TO_PING = {
    "nothing that is JSON": (["hello", PONG], "not JSON"),
    "half of it": ([PONG[:-1]], "not JSON"),
    "two on a line": ([PONG + PONG], "not JSON"),
    "bytes that are no UTF-8": (['"\xff"', PONG], "not JSON"),
    "a lone surrogate": (['{"jsonrpc":"2.0","method":"\\ud83d"}', PONG], "not JSON"),
    "NaN": (['{"jsonrpc":"2.0","id":ID,"result":{"a":NaN}}'], "not JSON"),
    "a name twice": (['{"jsonrpc":"2.0","id":ID,"id":ID,"result":{}}'], "not JSON"),
    "a carriage return": ([PONG + "\r"], "carriage return"),
    "an empty line": (["", PONG], "not JSON"),
    "a number": (["5", PONG], "neither an object nor an array"),
    "an array": ([f"[{PONG}]"], "an array"),
    "no version": (['{"id":ID,"result":{}}'], "JSON-RPC"),
    "neither result nor error": (['{"jsonrpc":"2.0","id":ID}'], "neither"),
    "a result and an error": (['{"jsonrpc":"2.0","id":ID,"result":{},"error":{"code":1,"message":"m"}}'], "both"),
    "two answers": ([PONG, PONG], "not open"),
    "an answer to another": (['{"jsonrpc":"2.0","id":"other","result":{}}', PONG], "not open"),
    "the id as a text": (['{"jsonrpc":"2.0","id":"2","result":{}}', PONG], "not open"),
    "a result for nobody": (['{"jsonrpc":"2.0","result":{}}', PONG], "for nobody"),
    "a result that is not empty": ([result('{"a":1}')], "empty"),
    "a result that is no object": ([result("5")], "it is no"),
    "an error without a code": (['{"jsonrpc":"2.0","id":ID,"error":{"message":"m"}}'], "it is no"),
    "an error with a code that is a text": (
        ['{"jsonrpc":"2.0","id":ID,"error":{"code":"1","message":"m"}}'],
        "it is no",
    ),
    "a question": (['{"jsonrpc":"2.0","id":1,"method":"roots/list"}', PONG], "asks"),
    "an unknown notification": (['{"jsonrpc":"2.0","method":"notifications/nope","params":{}}', PONG], "sends no"),
    "progress for nobody": ([PROGRESS % 1, PONG], "no open request"),
    "a log that was not asked for": (
        ['{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}', PONG],
        "asked for",
    ),
    "4 MiB": (['{"jsonrpc":"2.0","method":"notifications/x","params":{"a":"LONG"}}', PONG], "bytes"),
}
GOOD = '{"content":[{"type":"text","text":"t"}],"structuredContent":{"a":1}}'
# What is said to a call with the token 7.
TO_CALL = {
    "progress that stands still": ([PROGRESS % 1, PROGRESS % 1, result(GOOD)], "rise"),
    "progress that falls": ([PROGRESS % 2, PROGRESS % 1, result(GOOD)], "rise"),
    "progress after the result": ([result(GOOD), PROGRESS % 1], "no open request"),
    "a token as a text": ([PROGRESS.replace("7", '"7"') % 1, result(GOOD)], "no open request"),
    "no content": ([result('{"structuredContent":{"a":1}}')], "content"),
    "content of an unknown type": ([result(GOOD.replace('"type":"text"', '"type":"nope"'))], "content"),
    "an image that is not base64": (
        [result('{"content":[{"type":"image","data":"?","mimeType":"image/png"}],"structuredContent":{"a":1}}')],
        "content",
    ),
    "a member that nobody knows": ([result(GOOD.replace('"content"', '"more":1,"content"', 1))], "more"),
    "a member of a later revision": (
        [result(GOOD.replace('"content"', '"resultType":"complete","content"', 1))],
        "resultType",
    ),
    "no structured content": ([result('{"content":[]}')], "structured content"),
    "structured content of another kind": ([result(GOOD.replace('{"a":1}', '{"a":"x"}'))], "output of this tool"),
}


def fake(say):
    """A program that starts a server which says so."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="v8py-mcp-fake-"))
    program = folder / "fake"
    program.write_text(FAKE % sys.executable)
    program.chmod(0o700)
    return program, json.dumps(say)


def complaint(say, ask, era="2025-06-18"):
    """What the client complains about; "" for nothing."""
    program, words = fake(say)
    try:
        with Server(program, words, era=era) as server:
            ask(server)
            server.listen(0.1)
    except Violation as error:
        return str(error)
    finally:
        program.unlink()
        program.parent.rmdir()
    return ""


def call(server):
    server.ask("tools/list")
    server.call("t", token=7)


@test
def the_client_finds_nothing_wrong_with_what_is_right(_):
    same("the complaint", complaint({}, lambda server: server.ask("ping")), "")
    same(
        "the complaint about a call",
        complaint({"tools/call": [PROGRESS % 1, PROGRESS % 2.5, result(GOOD)]}, call),
        "",
    )


@test
def the_client_notices_whatever_is_wrong_with_a_line(_):
    for name, (said, word) in TO_PING.items():
        found = complaint({"ping": said}, lambda server: server.ask("ping", id=2, seconds=2))
        holds(word in found, f"{name}: the complaint is {found!r}")


@test
def the_client_notices_whatever_is_wrong_with_a_call(_):
    for name, (said, word) in TO_CALL.items():
        found = complaint({"tools/call": said}, call)
        holds(word in found, f"{name}: the complaint is {found!r}")


@test
def the_client_notices_an_answer_after_a_cancel_that_was_read(_):
    def ask(server):
        request = server.tool("t")
        server.cancel(request)
        server.barrier()

    found = complaint({"tools/call": [], "ping": [PONG, result(GOOD).replace("ID", "3")]}, ask)
    holds("cancelled" in found or "not open" in found, f"the complaint is {found!r}")


@test
def the_client_notices_a_request_that_is_never_answered(_):
    found = complaint({"ping": []}, lambda server: server.ask("ping", seconds=0.5))
    holds("too short" in found, f"the complaint is {found!r}")


@test
def the_client_notices_a_server_that_ends_wrongly_or_not_at_all(_):
    holds("exit code" in complaint({"exit": 3}, lambda server: server.ask("ping")), "an exit code is not noticed")
    holds(
        "not ended" in complaint({"stay": 1}, lambda server: server.ask("ping")), "a server that stays is not noticed"
    )


@test
def the_client_notices_processes_and_files_that_are_left(_):
    holds(
        "processes are left" in complaint({"orphan": 1}, lambda server: server.ask("ping")),
        "a process is not noticed",
    )
    holds("files are left" in complaint({"leave": 1}, lambda server: server.ask("ping")), "a file is not noticed")


@test
def the_client_notices_a_modern_result_without_its_type(_):
    found = complaint(
        {"server/discover": [result('{"supportedVersions":[],"capabilities":{},"ttlMs":0,"cacheScope":"public"}')]},
        lambda server: server.ask("server/discover"),
        MODERN,
    )
    holds("resultType" in found, f"the complaint is {found!r}")
