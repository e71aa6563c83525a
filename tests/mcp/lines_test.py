"""Every way in which a line can be wrong, and the code of the error that says so."""

import json
import random
import time

from client import LEGACY, MODERN, key
from scenario import holds, one_of, same, test

# Not JSON, or not UTF-8.
NO_JSON = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"nonsense",
    b"tru",
    b"nul",
    b"'a'",
    b'{"a":1,}',
    b"[1,]",
    b"{'a':1}",
    b"{a:1}",
    b'{"a" 1}',
    b'{"a":1} {"b":2}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping"} x',
    b'{"jsonrpc":"2.0","id":1,/**/"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping"} // why',
    b'{"jsonrpc":"2.0","id":1,"method":"ping"',
    b'{"jsonrpc":"2.0","id":01,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":+1,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":.5,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1.,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":0x1,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":-Infinity,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,"method":"pi\tng"}',
    b'{"jsonrpc":"2.0","id":1,"method":"\\x41"}',
    b'{"jsonrpc":"2.0","id":1,"method":"\\u12"}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping\x00"}',
    b"\x00",
    b"\xff\xfe",
    b'{"jsonrpc":"2.0","id":"\xff","method":"ping"}',
    b'{"jsonrpc":"2.0","id":"\xc0\xaf","method":"ping"}',
    b'{"jsonrpc":"2.0","id":"\xed\xa0\x80","method":"ping"}',
    b'{"jsonrpc":"2.0","id":"\xf4\x90\x80\x80","method":"ping"}',
    b'{"jsonrpc":"2.0","id":"\xe2\x82","method":"ping"}',
    '{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16"),
    b"]][[",
    b"}}{{}}",
    b"Content-Length: 52",
]
# JSON, but no request, and without an id that could be answered.
NO_REQUEST = [
    {},
    5,
    "ping",
    None,
    True,
    1.5,
    {"jsonrpc": "2.0"},
    {"jsonrpc": "2.0", "method": 5},
    {"jsonrpc": "2.0", "id": None, "method": "ping"},
    {"jsonrpc": "2.0", "id": True, "method": "ping"},
    {"jsonrpc": "2.0", "id": 1.5, "method": "ping"},
    {"jsonrpc": "2.0", "id": {}, "method": "ping"},
    {"jsonrpc": "2.0", "id": [1], "method": "ping"},
    {"jsonrpc": "1.0", "method": "ping"},
    {"method": "ping"},
]
# The same with one: it is given back.
NO_REQUEST_WITH_ID = [
    {"method": "ping"},
    {"jsonrpc": "1.0", "method": "ping"},
    {"jsonrpc": 2.0, "method": "ping"},
    {"jsonrpc": None, "method": "ping"},
    {"jsonrpc": "2.0"},
    {"jsonrpc": "2.0", "method": None},
    {"jsonrpc": "2.0", "method": 1},
    {"jsonrpc": "2.0", "method": ["ping"]},
    {"jsonrpc": "2.0", "method": "ping", "params": [1]},
    {"jsonrpc": "2.0", "method": "ping", "params": "x"},
    {"jsonrpc": "2.0", "method": "ping", "params": 1},
    {"jsonrpc": "2.0", "method": "ping", "params": False},
]


def each(start):
    """A server of each era, and one that has heard nothing yet."""
    for era in (None, "2024-11-05", "2025-06-18", "2025-11-25", MODERN):
        with start(era=era) as server:
            yield server
            server.ask("ping") if era != MODERN else server.ask("tools/list")


@test
def what_is_not_json_is_a_parse_error(start):
    for server in each(start):
        for count, line in enumerate(NO_JSON, 1):
            server.send_bytes(line + b"\n")
            same(f"the code for {line}", server.wait_nameless(count)[-1], -32700)


@test
def a_nul_after_a_message_is_a_parse_error(start):
    # The library that parses takes it for the end: what follows would be dropped in silence.
    clean = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    for server in each(start):
        for count, line in enumerate(
            (clean + b"\x00", clean + b"\x00" + clean, clean + b"\x00]]", clean + b" \x00 "), 1
        ):
            server.send_bytes(line + b"\n")
            same(f"the code for {line}", server.wait_nameless(count)[-1], -32700)


@test
def what_is_no_request_is_an_invalid_request(start):
    for server in each(start):
        for count, message in enumerate(NO_REQUEST, 1):
            server.send(message)
            same(f"the code for {message}", server.wait_nameless(count)[-1], -32600)


@test
def an_invalid_request_gets_its_id_back(start):
    for server in each(start):
        for message in NO_REQUEST_WITH_ID:
            for identifier in (server.new_id(), f"text-{server.new_id()}"):
                request = server.raw({"id": identifier, **message}, "ping")
                server.wait(request)
                same(f"the code for {message}", request.code, -32600)
        same("errors without an id", server.nameless, [])


@test
def an_array_is_an_invalid_request_where_there_are_no_batches(start):
    for era in (None, "2024-11-05", "2025-06-18", "2025-11-25", MODERN):
        with start(era=era) as server:
            message, request = server.make("ping")
            server.open.clear()
            for count, array in enumerate(([], [1], [message], [message, message], [[message]]), 1):
                server.send(array)
                same(f"the code for {array}", server.wait_nameless(count)[-1], -32600)


@test
def ids_are_given_back_with_their_type_and_value(start):
    for server in each(start):
        if server.revision == MODERN:
            method = "tools/list"
        else:
            method = "ping"
        ids = [
            0,
            -1,
            2**31,
            -(2**31) - 1,
            2**53,
            2**53 + 1,
            2**63 - 1,
            -(2**63),
            "",
            "0",
            "1",
            " ",
            "ž🐍\u2028",
            "a" * 10_000,
            '\x00\n\r\t"\\',
            "null",
            "{}",
        ]
        requests = [server.request(method, id=identifier) for identifier in ids]
        server.wait(*requests)
        for request in requests:
            holds("result" in request.answer, f"{request.id!r} is not accepted")


@test
def an_id_that_is_too_large_is_refused_or_given_back_exactly(start):
    for server in each(start):
        for identifier in (2**63, 2**64 - 1, 2**64, 10**30, -(10**19)):
            method = "tools/list" if server.revision == MODERN else "ping"
            request = server.register(identifier, method)
            before = len(server.nameless)
            server.send(
                {
                    "jsonrpc": "2.0",
                    "id": identifier,
                    "method": method,
                    "params": {"_meta": server.meta()} if server.revision == MODERN else {},
                }
            )
            server.wait_until(lambda: request.answer or len(server.nameless) > before, "any answer")
            if not request.answer:
                one_of("the code", server.nameless[-1]["code"], (-32600, -32700))
                del server.open[key(identifier)]


@test
def numbers_out_of_range_break_nothing(start):
    for server in each(start):
        answers = 0
        for number in (
            "1e400",
            "-1e400",
            "1" * 100_000,
            "-" + "9" * 400,
            "1e-400",
            "-0",
            "0." + "1" * 100_000,
            "1E+2",
        ):
            for line in (
                f'{{"jsonrpc":"2.0","id":{number},"method":"ping"}}',
                f'{{"jsonrpc":"2.0","method":"notifications/x","params":{{"a":{number}}}}}',
            ):
                server.tolerant = True
                server.send_bytes(line.encode() + b"\n")
                answers += 1
        server.tolerant = True
        server.ask("ping" if server.revision != MODERN else "tools/list")
        for error in server.nameless:
            one_of("the code", error["code"], (-32600, -32700))
        server.tolerant = False


@test
def a_line_may_end_in_crlf_and_have_blanks_around(start):
    for server in each(start):
        method = "tools/list" if server.revision == MODERN else "ping"
        for before, after in (
            (b"", b"\r"),
            (b"  \t", b" \t"),
            (b"\r", b"\r"),
            (b"\n\n\n", b"\r\n\r\n\n"),
            (b" \r\n\t\r\n", b""),
        ):
            message, request = server.make(method)
            server.send_bytes(before + json.dumps(message).encode() + after + b"\n")
            server.wait(request)
        same("errors without an id", server.nameless, [])


@test
def a_byte_order_mark_is_refused_or_skipped(start):
    for server in each(start):
        message, request = server.make("tools/list" if server.revision == MODERN else "ping")
        server.send_bytes(b"\xef\xbb\xbf" + json.dumps(message).encode() + b"\n")
        server.wait_until(lambda: request.answer or server.nameless, "any answer")
        if not request.answer:
            same("the code", server.nameless[0]["code"], -32700)
            server.open.clear()


@test
def a_lone_surrogate_in_a_message_is_refused_or_replaced(start):
    for era in ("2025-06-18", MODERN):
        with start(era=era) as server:
            for text in ("\\ud83d", "\\udc00", "\\udc00\\ud83d", "a\\ud83dz"):
                message, request = server.make(
                    "tools/call", {"name": "run_python_code", "arguments": {"python_code": "'TEXT'"}}
                )
                server.send_bytes(json.dumps(message).replace("TEXT", text).encode() + b"\n")
                before = len(server.nameless)
                server.wait_until(lambda: request.answer or len(server.nameless) > before, "any answer")
                if not request.answer:
                    same("the code", server.nameless[-1]["code"], -32700)
                    server.open.clear()


@test
def surrogate_pairs_and_rare_characters_come_through(start):
    with start(era="2025-11-25") as server:
        text = "🐍 ž \u2028 \u2029 \x7f \ufffd \ufeff \U0010ffff \x00"
        message, request = server.make(
            "tools/call",
            {"name": "run_python_code", "arguments": {"python_code": "t", "global_variables": {"t": text}}},
        )
        for line in (json.dumps(message), json.dumps(message, ensure_ascii=False)):
            server.open[key(request.id)] = request
            request.answer = None
            server.send_bytes(line.encode() + b"\n")
            server.wait(request)
            same("the value", request.value["value"], text)


@test
def messages_may_come_in_pieces_of_any_size(start):
    for server in each(start):
        method = "tools/list" if server.revision == MODERN else "ping"
        made = [server.make(method, id=f"ž🐍{i}") for i in range(40)]
        stream = b"".join(json.dumps(message, ensure_ascii=False).encode() + b"\n" for message, _ in made)
        random.seed(7)
        at = 0
        while at < len(stream):
            size = random.choice((1, 1, 2, 3, 7, 50, 400))
            server.send_bytes(stream[at : at + size])
            at += size
        server.wait(*(request for _, request in made))


@test
def a_thousand_messages_in_one_write_are_all_answered_in_order(start):
    for server in each(start):
        made = [server.make("tools/list" if server.revision == MODERN else "ping") for _ in range(1000)]
        server.send_bytes(b"".join(json.dumps(message).encode() + b"\n" for message, _ in made))
        server.wait(*(request for _, request in made))


def padded(server, size):
    """A request of exactly so many bytes, and what is known of it."""
    message, request = server.make("tools/list" if server.revision == MODERN else "ping", {"padding": ""})
    line = json.dumps(message).encode()
    return line.replace(b'"padding": ""', b'"padding": "' + b"x" * (size - len(line)) + b'"'), request


@test
def a_message_of_16_mib_is_read_and_one_byte_more_is_refused_once(start):
    for era in ("2025-11-25", MODERN):
        with start(era=era) as server:
            for size in ((16 << 20) - 1, 16 << 20):
                line, request = padded(server, size)
                same("the size", len(line), size)
                server.send_bytes(line + b"\n")
                server.wait(request)
            line, request = padded(server, (16 << 20) + 1)
            server.open.clear()
            server.send_bytes(line + b"\n")
            same("the codes", server.wait_nameless(1), [-32600])
            server.ask("tools/list")
            same("the errors", len(server.nameless), 1)


@test
def a_line_of_100_mib_does_not_make_the_server_grow(start):
    with start(era="2025-11-25") as server:
        before = server.memory()
        for _ in range(100):
            server.send_bytes(b"x" * (1 << 20))
        same("the codes before the line's end", server.wait_nameless(1), [-32600])
        holds(server.memory() - before < 60 << 20, f"it has grown by {(server.memory() - before) >> 20} MiB")
        server.send_bytes(b"\n")
        server.ask("ping")
        same("the errors", len(server.nameless), 1)


@test
def nesting_of_a_million_is_refused_at_once(start):
    deep = 1_000_000
    lines = [
        b"[" * deep,
        b"{" * deep,
        b"[" * deep + b"]" * deep,
        b'{"a":' * deep + b"1" + b"}" * deep,
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":' + b"[" * deep + b"]" * deep + b"}}",
    ]
    for server in each(start):
        for count, line in enumerate(lines, 1):
            began = time.monotonic()
            server.send_bytes(line + b"\n")
            one_of("the code", server.wait_nameless(count)[-1], (-32700, -32600))
            holds(time.monotonic() - began < 5, f"it took {time.monotonic() - began:.1f} s")


def nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


@test
def nesting_is_accepted_up_to_128_and_refused_above(start):
    for server in each(start):
        for depth in (10, 64, 127, 128):
            # Below the message and its params.
            request = server.request("tools/list" if server.revision == MODERN else "ping", {"a": nested(depth - 2)})
            server.wait(request)
            holds("result" in request.answer, f"{depth} is not accepted")
        server.request("ping", {"a": nested(127)}, id="deep")
        server.open.clear()
        one_of("the code", server.wait_nameless(1)[0], (-32600, -32700))


@test
def variables_may_be_nested_100_deep_and_no_deeper(start):
    code = "n = 0\nwhile v: n, v = n + 1, v[0]\nn"
    with start(era="2025-11-25") as server:
        for depth in (98, 99):
            holds(
                f"\n{depth - 1}\n" in server.python(code, global_variables={"v": nested(depth)}).text,
                f"{depth} is refused",
            )
        request = server.python(code, global_variables={"v": nested(110)})
        holds(request.is_error and "nested" in request.text, f"it is not told what is wrong: {request.text}")


@test
def a_million_members_are_read_in_bounded_time(start):
    members = ",".join(f'"k{i}":0' for i in range(1_000_000))
    with start(era="2025-11-25") as server:
        began = time.monotonic()
        request = server.register("many", "ping")
        server.send_bytes(b'{"jsonrpc":"2.0","id":"many","method":"ping","params":{' + members.encode() + b"}}\n")
        server.wait(request)
        holds(time.monotonic() - began < 10, f"it took {time.monotonic() - began:.1f} s")


@test
def a_name_that_is_there_twice_is_one_of_both(start):
    with start(era="2025-11-25") as server:
        request = server.register("twice", "ping")
        server.send_bytes(b'{"jsonrpc":"2.0","id":"twice","method":"ping","method":"nope","id":"twice"}\n')
        server.wait(request)
        one_of("the answer", request.answer.get("error", {}).get("code"), (None, -32601, -32600))


@test
def notifications_are_never_answered_whatever_is_wrong_with_them(start):
    for server in each(start):
        for method, params in [
            ("notifications/initialized", None),
            ("notifications/initialized", {"x": 1}),
            ("nope", {}),
            ("", {}),
            ("notifications/cancelled", None),
            ("notifications/cancelled", {}),
            ("notifications/cancelled", {"requestId": None}),
            ("notifications/cancelled", {"requestId": "nobody"}),
            ("notifications/cancelled", {"requestId": 1.5}),
            ("notifications/cancelled", {"requestId": {}}),
            ("notifications/cancelled", {"requestId": [[1]]}),
            ("notifications/cancelled", [1]),
            ("notifications/cancelled", "x"),
            ("notifications/progress", {"progressToken": 1, "progress": 1}),
            ("notifications/roots/list_changed", {}),
            ("ping", {}),
            ("tools/list", {}),
            ("server/discover", {}),
            ("initialize", {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {}}),
            ("tools/call", {"name": "nope"}),
            ("logging/setLevel", {"level": "nope"}),
        ]:
            server.notify(method, params)
        server.barrier() if server.revision else server.ask("ping")
        same("what was answered", server.nameless, [])


@test
def a_call_without_an_id_does_not_run(start):
    for era in ("2025-06-18", MODERN):
        with start(era=era) as server:
            session = server.call("start_session").value["session_id"]
            for name, arguments in (
                ("run_python_code", {"python_code": "x = 1", "session_id": session}),
                ("upload_file", {"path": "f", "text": "t", "session_id": session}),
                ("end_session", {"session_id": session}),
            ):
                server.notify("tools/call", {"name": name, "arguments": arguments, "_meta": server.meta()})
            holds("NameError" in server.python("x", session_id=session).text, "it has run")
            same("the files", server.call("list_files", {"session_id": session}).value, {"files": []})


@test
def answers_of_the_client_are_ignored(start):
    for server in each(start):
        for answer in (
            {"id": 1, "result": {}},
            {"id": "x", "error": {"code": 1, "message": "m"}},
            {"id": None, "result": None},
            {"result": 5},
            {"error": {}},
            {"id": 1, "result": {}, "error": {}},
            {"id": [], "result": {}},
        ):
            server.send({"jsonrpc": "2.0", **answer})
        server.ask("ping" if server.revision != MODERN else "tools/list")
        same("what was answered", server.nameless, [])


@test
def random_bytes_are_answered_by_errors_only(start):
    random.seed(11)
    clean = json.dumps(
        {"jsonrpc": "2.0", "id": 5, "method": "ping", "params": {"a": [1, "ž", None, {"b": 2.5}]}}
    ).encode()
    for era in LEGACY:
        with start(era=era) as server:
            server.tolerant = True  # some of them are still requests
            for _ in range(2000):
                line = bytearray(clean)
                for _ in range(random.randint(1, 4)):
                    what, at = random.random(), random.randrange(len(line))
                    if what < 0.4:
                        line[at] = random.randrange(256)
                    elif what < 0.7:
                        del line[at : at + random.randint(1, 9)]
                    else:
                        line[at:at] = random.choice(
                            (b"{", b"}", b"[", b'"', b"\\", b",", b"\x00", b"\xff", bytes([random.randrange(256)]))
                        )
                    line = line or bytearray(b"x")
                server.send_bytes(bytes(line).replace(b"\n", b" ") + b"\n")
            server.ask("tools/list", id="last")
            server.tolerant = False
            for error in server.nameless:
                one_of("the code", error["code"], (-32700, -32600))
