"""HTTP that is none, clients that come in crowds or do not read: one answer at most to each, and the next client gets
its own."""

import json
import os
import re
import signal
import socket
import threading
import time
from contextlib import ExitStack

from client import MODERN
from scenario import holds, same, test
from web import CALL, MIB, ask, body, call, exchange, headers_of, memory, program, raw, serving

SECONDS = 20
SILENCE = 0.5  # by then everything is answered


def head(*lines, verb="POST", path="/mcp", version="HTTP/1.1"):
    fixed = (f"{verb} {path} {version}", "Host: localhost", "Content-Type: application/json")
    named = (f"MCP-Protocol-Version: {MODERN}", "Mcp-Method: tools/list")
    return "\r\n".join((*fixed, *named, *lines, "", "")).encode()


def sized(text):
    return head(f"Content-Length: {len(text)}") + text


def talk(port, sent):
    """All that is answered to these bytes until the connection ends, or is silent for a while."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        try:
            connection.sendall(sent)
        except OSError:
            pass  # it may have had enough before
        connection.settimeout(SILENCE)
        got = b""
        try:
            while part := connection.recv(1 << 16):
                got += part
        except (TimeoutError, ConnectionError):
            pass
        return got


def answers(got):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", got)]


CLEAN = body().encode()
# Of each at most one answer, and it is a refusal.
NONSENSE = {
    "nothing": b"",
    "an empty line": b"\r\n\r\n",
    "bytes": bytes(range(256)) * 100,
    "zeros": bytes(100_000),
    "TLS": bytes.fromhex("16030100c8010000c403035f") + bytes(200),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(100),
    "JSON": CLEAN + b"\n",
    "half a request": sized(CLEAN)[:-1],
    "half a head": head("Content-Length: 5")[:-2],
    "a version of HTTP that is none": head("Content-Length: 0", version="HTTP/9.9"),
    "no version": b"POST /mcp\r\nHost: localhost\r\n\r\n",
    "a long line": b"POST /" + b"a" * MIB + b" HTTP/1.1\r\n\r\n",
    "a long header": head("X: " + "a" * MIB, "Content-Length: 0"),
    "many headers": head(*(f"X-{i}: {i}" for i in range(10_000)), "Content-Length: 0"),
    "a header without a colon": head("nonsense", "Content-Length: 0"),
    "NUL in a header": head("X: a\x00b", f"Content-Length: {MIB}"),
    "a negative length": head("Content-Length: -1") + CLEAN,
    "a length in words": head("Content-Length: ten") + CLEAN,
    "a length beyond numbers": head("Content-Length: " + "9" * 40) + CLEAN,
    "a chunk beyond numbers": head("Transfer-Encoding: chunked") + b"f" * 40 + b"\r\n" + CLEAN,
    "a negative chunk": head("Transfer-Encoding: chunked") + b"-1\r\n" + CLEAN,
    "a chunk in words": head("Transfer-Encoding: chunked") + b"ten\r\n" + CLEAN,
    "an encoding that is none": head("Transfer-Encoding: gzip", f"Content-Length: {len(CLEAN)}") + CLEAN,
}


@test
def what_is_no_request_of_http_gets_one_refusal_at_most_and_the_next_client_its_answer(start):
    with serving(start) as (process, port):
        for name, sent in NONSENSE.items():
            # The library writes some of its refusals' heads twice.
            statuses = set(answers(talk(port, sent)))
            holds(len(statuses) <= 1 and all(status >= 400 for status in statuses), f"{name}: {statuses}")
            same(f"the answer after {name}", ask(port), (200, None))
        holds(process.poll() is None, "it has ended")


@test
def a_request_hidden_in_another_is_never_answered(start):
    # The head says two things of where its body ends: whoever passed it on may have believed the other.
    hidden = sized(CLEAN)
    chunk = b"0\r\n\r\n"
    shapes = {
        "both": head("Transfer-Encoding: chunked", f"Content-Length: {len(chunk + hidden)}") + chunk + hidden,
        "two lengths": head("Content-Length: 0", f"Content-Length: {len(hidden)}") + hidden,
        "two encodings": head("Transfer-Encoding: chunked", "Transfer-Encoding: identity") + chunk + hidden,
        "two hosts": head("Host: 127.0.0.1", "Content-Length: 0") + hidden,
        "a blank before the colon": head(f"Content-Length : {len(hidden)}") + hidden,
        "a negative length": head("Content-Length: -1") + hidden,
        "a length in words": head("Content-Length: ten") + hidden,
        "a negative chunk": head("Transfer-Encoding: chunked") + b"-1\r\n" + hidden,
        "an encoding that is none": head("Transfer-Encoding: gzip") + hidden,
        "a folded header": head("X: y", f" Content-Length: {len(hidden)}", "Content-Length: 0") + hidden,
    }
    with serving(start) as (_, port):
        clean = talk(port, sized(CLEAN) + hidden)
        same("the answers to two in a row", answers(clean), [200, 200])
        for name, sent in shapes.items():
            statuses = answers(talk(port, sent))
            holds(200 not in statuses, f"{name}: {statuses}")


@test
def a_body_that_is_too_long_is_refused_and_not_kept(start):
    with serving(start) as (process, port):
        same("the answer", ask(port), (200, None))
        before = memory(process.pid)
        longest = 16 * MIB
        for size, expected in ((longest, (400, -32700)), (longest + 1, (413, -32600)), (10 * longest, (413, -32600))):
            same(f"the answer to {size} bytes", ask(port, data="[" + " " * (size - 1)), expected)
        chunks = b"100000\r\n" + b" " * MIB + b"\r\n"
        got = talk(port, head("Transfer-Encoding: chunked") + chunks * 17 + b"0\r\n\r\n")
        same("the answer to 17 MiB in chunks", answers(got), [413])
        grown = memory(process.pid) - before
        holds(grown < 60 * MIB, f"it has grown by {grown // MIB} MiB")


@test
def text_of_a_program_is_no_event_and_no_header(start):
    forged = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"forged": True}})
    printed = "\n\n".join(
        f"{end}event: message{end}data: {forged}{end}{end}HTTP/1.1 200 OK{end}{end}" for end in ("\n", "\r\n", "\r")
    )
    # Long enough for its answer to be a stream, whose first event is its output.
    code = f"import time\nprint({printed!r}, flush=True)\ntime.sleep(2)\n{printed!r}"
    with serving(start) as (_, port):
        status, got, text = exchange(port, program(code, progress=1), headers_of(CALL))
        same("the answer", (status, got["Content-Type"]), (200, "text/event-stream"))
        events = re.split(r"\r\n\r\n|\n\n|\r\r", text)
        messages = [json.loads(event.partition("data: ")[2]) for event in events if "data: " in event]
        results = [one["result"] for one in messages if "result" in one]
        holds(len(results) == 1 and "forged" not in results[0], f"the results are {results}")
        same("the output", results[0]["structuredContent"]["value"], printed)
        for one in messages:
            holds("result" in one or one["method"].startswith("notifications/"), f"{one} was not sent by the server")


@test
def a_crowd_of_connections_hinders_nobody_who_has_one_and_nobody_when_it_has_gone(start):
    with serving(start) as (process, port):
        same("the answer", ask(port), (200, None))
        crowd = [socket.create_connection(("127.0.0.1", port), SECONDS) for _ in range(700)]
        for connection in crowd[::2]:
            connection.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\n")
        crowd[1].sendall(sized(CLEAN))
        holds(crowd[1].recv(1 << 16).startswith(b"HTTP/1.1 200"), "who came early is not answered")
        holds(process.poll() is None, "it has ended")
        for connection in crowd:
            connection.close()
        same("the answer to the next", ask(port), (200, None))


@test
def however_many_ask_in_the_same_moment_each_is_answered_at_once(start):
    # A server finds all of them when it looks, and may look at a number of them at a time.
    with serving(start) as (process, port):
        for count in (1, 10, 64, 127, 128, 129, 256, 384, 500):
            with ExitStack() as stack:
                asking = [
                    stack.enter_context(socket.create_connection(("127.0.0.1", port), SECONDS)) for _ in range(count)
                ]
                same("the answer to one", ask(port), (200, None))
                os.kill(process.pid, signal.SIGSTOP)
                for connection in asking:
                    connection.sendall(sized(CLEAN))
                os.kill(process.pid, signal.SIGCONT)
                for connection in asking:
                    holds(connection.recv(1 << 16).startswith(b"HTTP/1.1 200"), f"one of {count} is not answered")


@test
def of_many_calls_at_once_each_has_one_answer(start):
    results = {}

    def one(number):
        results[number] = call(port, f"{number} * 1000")

    with serving(start, "--concurrency", "2") as (_, port):
        threads = [threading.Thread(target=one, args=(number,)) for number in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        same("how many are answered", len(results), 100)
        for number, (status, text) in results.items():
            same("the status and the messages", (status, text.count('"jsonrpc"')), (200, 1))
            holds(f'"value":{number * 1000}' in text, f"the answer to {number} is {text[:500]}")


@test
def a_client_that_reads_nothing_holds_a_bounded_part_of_memory_and_nobody_else(start):
    request = raw(program("print('x' * 3_000_000)\n'y' * 900_000"))
    with serving(start) as (process, port):
        holds("42" in call(port, "6 * 7")[1], "it does not answer")
        before = memory(process.pid)
        silent = []
        for _ in range(30):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", port))
            connection.sendall(request)
            silent.append(connection)
        for _ in range(20):
            holds("42" in call(port, "6 * 7")[1], "another client gets no answer")
        time.sleep(1)
        grown = memory(process.pid) - before
        holds(grown < 20 * MIB, f"it has grown by {grown // MIB} MiB")
        for connection in silent:
            connection.close()
