"""Arrays of messages: JSON-RPC's batches, which only 2025-03-26 has."""

from client import key
from scenario import holds, same, test

ERA = "2025-03-26"
SLOW = {"name": "run_python_code", "arguments": {"python_code": "import time\ntime.sleep(0.5)"}}
NOTE = {"jsonrpc": "2.0", "method": "notifications/nope"}


def done(server, batch):
    server.wait_until(lambda: batch.answered, "the batch's answer")
    return batch


@test
def a_batch_is_answered_by_one_array_without_its_notifications(start):
    with start(era=ERA) as server:
        batch = done(
            server,
            server.batch(
                server.make("ping"),
                NOTE,
                server.make("tools/list"),
                server.make("nope", id="text"),
                server.make("tools/call", SLOW),
                {"jsonrpc": "2.0", "id": 99, "result": {}},
                server.make("resources/list"),
            ),
        )
        same("the code", batch.requests[2].code, -32601)
        done(server, server.batch(server.make("ping")))


@test
def a_batch_without_requests_is_not_answered(start):
    with start(era=ERA) as server:
        server.send([NOTE])
        server.send([NOTE, {"jsonrpc": "2.0", "id": 5, "result": {}}, NOTE])
        server.ask("ping")
        server.listen(0.2)


@test
def an_empty_batch_is_an_invalid_request(start):
    with start(era=ERA) as server:
        for count in (1, 2):
            server.send([])
            same("the code", server.wait_nameless(count)[-1], -32600)


@test
def each_invalid_member_of_a_batch_has_an_error_of_its_own(start):
    with start(era=ERA) as server:
        done(server, server.batch(1, 2, 3, nameless=3))
        done(
            server,
            server.batch(
                [],
                [NOTE],
                None,
                "x",
                {},
                {"jsonrpc": "2.0", "id": None, "method": "ping"},
                server.make("ping"),
                nameless=6,
            ),
        )
        same("the codes", {error["code"] for error in server.nameless}, {-32600})
        wrong = server.register("id", "ping")
        batch = done(server, server.batch(({"id": "id", "method": "ping"}, wrong), server.make("ping")))
        same("the code", batch.requests[0].code, -32600)


@test
def a_batch_that_is_not_json_is_one_parse_error(start):
    with start(era=ERA) as server:
        for count, line in enumerate(
            (b'[{"jsonrpc":"2.0","id":1,"method":"ping"},', b'[{"jsonrpc":"2.0","id":1,"method":"ping"},]', b"[1 2]"),
            1,
        ):
            server.send_bytes(line + b"\n")
            same(f"the code for {line}", server.wait_nameless(count)[-1], -32700)


@test
def initialize_is_no_part_of_a_batch(start):
    params = {"protocolVersion": ERA, "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
    with start() as server:
        message, _ = server.make("initialize", params)
        server.open.clear()
        server.send([message])
        same("the code before a handshake", server.wait_nameless(1), [-32600])
        server.initialize(ERA)
        batch = done(server, server.batch(server.make("initialize", params), server.make("ping")))
        same("the code after it", batch.requests[0].code, -32600)


@test
def a_batch_of_all_tools_is_answered_whole(start):
    with start(era=ERA) as server:
        server.ask("tools/list")
        made = [
            server.make(
                "tools/call",
                {
                    "name": name,
                    "arguments": {
                        "python_code": "1",
                        "session_id": "nobody",
                        "path": "x",
                        "text": "x",
                        "packages": [],
                    },
                },
            )
            for name in server.tools
        ]
        done(server, server.batch(*made))


@test
def progress_of_a_batch_comes_before_its_array(start):
    with start(era=ERA) as server:
        code = "import time\nfor i in range(3):\n    print(i)\n    time.sleep(0.3)"
        made = [
            server.make("tools/call", {"name": "run_python_code", "arguments": {"python_code": code}}, token=token)
            for token in (1, "1")
        ]
        batch = done(server, server.batch(*made))
        for request in batch.requests:
            holds(len(request.progress) >= 2, "no progress came")


@test
def a_batch_does_not_hold_up_what_comes_after_it(start):
    with start(era=ERA) as server:
        batch = server.batch(server.make("tools/call", SLOW), server.make("ping"))
        server.ask("ping")
        holds(not batch.answered, "the ping has waited for the batch")
        done(server, batch)


@test
def what_is_cancelled_is_left_out_of_a_batch(start):
    forever = {"name": "run_python_code", "arguments": {"python_code": "while True: pass"}}
    with start(era=ERA) as server:
        batch = server.batch(server.make("tools/call", forever), server.make("ping"), server.make("tools/call", SLOW))
        server.cancel(batch.requests[0])
        done(server, batch)
        same("the answer to what was cancelled", batch.requests[0].answer, None)
        batch = server.batch(server.make("tools/call", forever), server.make("tools/call", forever))
        for request in batch.requests:
            server.cancel(request)
        server.barrier()
        server.listen(1)
        same("whether an array came", batch.answered, False)
        # A cancel within the same batch.
        message, request = server.make("tools/call", forever)
        request.cancelled = True
        done(
            server,
            server.batch(
                (message, request),
                {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": request.id}},
                server.make("ping"),
            ),
        )


@test
def an_id_that_is_twice_in_a_batch_runs_once(start):
    with start(era=ERA) as server:
        message, request = server.make("tools/call", SLOW)
        del server.open[key(request.id)]
        answers = []
        server.take_batch = answers.extend  # the client would not allow for it
        server.send([message, message])
        server.wait_until(lambda: answers, "the batch's answer")
        same("the answers with a result", sum("result" in answer for answer in answers), 1)
        same(
            "the codes of the others", [answer["error"]["code"] for answer in answers if "error" in answer], [-32600]
        )


@test
def a_batch_of_a_thousand_is_answered_whole(start):
    with start(era=ERA) as server:
        batch = done(
            server,
            server.batch(*(server.make("ping") if i % 2 else server.make("nope", id=str(i)) for i in range(1000))),
        )
        same("the answers", sum(request.answer is not None for request in batch.requests), 1000)
