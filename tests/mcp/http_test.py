"""Streamable HTTP: who may ask, and which status says what is wrong with a request."""

import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from client import EXIT_SECONDS, PREFIX, descendants, reap
from scenario import holds, same, test
from web import (
    CALL, MIB, TOKEN, answers_a_call, ask, body, exchange, headers_of, knowing, memory, message, of_session,
    open_session, program, python, serving
)

TASKS = {"extensions": {f"{PREFIX}tasks": {}}}
# That a call is under way can be seen from outside: by what its program has written.
NUMBER = 7  # of such a request
FOREVER = "open('/out/begun', 'w').close()\nwhile True: pass"


def refused(start, *options, token=None):
    done = subprocess.run(
        [start.program, "mcp", *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=knowing(token)
    )
    same(f"the exit code with {options}", done.returncode, 2)
    return done.stderr


@test
def a_page_whose_name_stands_for_this_machine_is_refused_and_the_same_request_by_its_own_name_is_not(start):
    with serving(start) as (_, port):
        for host in ("evil.example", f"localhost.evil.example:{port}", f"0.0.0.0:{port}"):
            same(f"the status for {host}", ask(port, Host=host)[0], 403)
        same("the status for another's page", ask(port, Origin="https://evil.example")[0], 403)
        for host in (f"localhost:{port}", f"127.0.0.1:{port}"):
            same(f"the answer for {host}", ask(port, Host=host), (200, None))
        same("the answer for a page of here", ask(port, Origin="http://localhost:6274"), (200, None))
    with serving(start, "--http-origin", "https://evil.example") as (_, port):
        same("the answer for an allowed page", ask(port, Origin="https://evil.example"), (200, None))


@test
def a_token_is_asked_for_when_there_is_one_and_no_server_for_others_is_without(start):
    holds("token" in refused(start, "--http", "0.0.0.0:0"), "it is not said that a token is missing")
    holds("short" not in refused(start, "--http", "127.0.0.1:0", token="short"), "the token is shown")
    for address in ("127.0.0.1:0", "0.0.0.0:0"):
        with serving(start, address=address, token=TOKEN) as (_, port):
            for given in (None, "Bearer " + TOKEN[:-1], "Bearer " + TOKEN + "0", "Basic " + TOKEN, TOKEN):
                same(f"the status with {given}", ask(port, Authorization=given)[0], 401)
            same("the answer with the token", ask(port, Authorization="Bearer " + TOKEN), (200, None))


@test
def a_status_and_a_code_say_what_is_wrong_with_a_request(start):
    cases = [
        ((200, None), {}),
        ((400, -32020), {"Mcp_Method": None}),
        ((400, -32020), {"Mcp_Method": "ping"}),
        ((400, -32020), {"MCP_Protocol_Version": "2025-11-25"}),
        ((400, -32022), {"MCP_Protocol_Version": "1999-01-01", "data": body(version="1999-01-01")}),
        ((404, -32601), {"Mcp_Method": "no/such", "data": body("no/such")}),
        ((400, -32700), {"data": "{"}),
        ((405, None), {"verb": "GET"}),
        ((405, None), {"verb": "DELETE"}),
        ((415, None), {"Content_Type": "text/plain"}),
        ((415, None), {"Content_Type": None}),
        ((406, None), {"Accept": "text/html"}),
        ((200, None), {"Accept": None}),
        ((404, None), {"path": "/"}),
        ((404, None), {"path": "/mcp/../mcp"}),
        ((405, None), {"verb": "PUT"}),
        ((405, None), {"verb": "OPTIONS"}),
    ]
    with serving(start) as (_, port):
        for expected, changes in cases:
            same(f"the answer to {changes}", ask(port, **changes), expected)


@test
def a_page_that_may_ask_is_told_so_before_it_does_and_no_other_is(start):
    with serving(start, "--http-origin", "https://app.example", token=TOKEN) as (_, port):
        status, headers, _ = exchange(port, verb="OPTIONS", headers={"Origin": "https://app.example"})
        same("the answer", (status, headers["Access-Control-Allow-Origin"]), (204, "https://app.example"))
        same("what it depends on", headers["Vary"], "Origin")
        for name in ("Authorization", "Mcp-Session-Id", "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"):
            holds(name in headers["Access-Control-Allow-Headers"], f"{name} may not be sent")
        # It needs the token all the same.
        same("the status without it", ask(port, Origin="https://app.example")[0], 401)
        for origin in ("https://app.example.evil.example", "http://app.example", "null", "https://app.example:8443"):
            status, headers, _ = exchange(port, verb="OPTIONS", headers={"Origin": origin})
            same(f"the answer to {origin}", (status, headers["Access-Control-Allow-Origin"]), (403, None))


@test
def a_session_is_known_by_its_name_until_it_is_deleted_and_by_no_other(start):
    with serving(start, "--http-sessions") as (_, port):
        session, other = open_session(port), open_session(port)
        holds(session and session != other, "two clients have one session")
        ping = {"data": message("ping", {}, 1), "Mcp_Method": None}
        for name in (session, other):
            same("the answer", exchange(port, ping["data"], headers_of(of_session(name)))[0], 200)
        for name in (session[:-1], session + "0", "", "x" * 10_000):
            same(f"the answer to {name[:50]}", ask(port, **ping, **of_session(name)), (404, -32600))
        same("the answer without one", ask(port, **ping, **of_session(None)), (400, -32600))
        same("the end of none", ask(port, "DELETE", "", **of_session(None))[0], 400)
        same("its end", ask(port, "DELETE", "", **of_session(session))[0], 204)
        same("its second end", ask(port, "DELETE", "", **of_session(session))[0], 404)
        same("the answer after it", ask(port, **ping, **of_session(session)), (404, -32600))
        same("the answer to the other", exchange(port, ping["data"], headers_of(of_session(other)))[0], 200)


@test
def wrong_options_of_http_are_errors_that_name_them(start):
    for address in ("::1:5", "127.0.0.1:99999", "127.0.0.1:x", ":5"):
        holds(address in refused(start, "--http", address), f"{address} is not named")
    for options in (("--port", "5"), ("--http-sessions",), ("--http-origin", "https://a.example")):
        holds("--http HOST:PORT" in refused(start, *options), f"{options} is not explained")


@test
def a_server_of_http_that_is_told_to_end_ends_by_that_signal_with_clients_that_say_nothing(start):
    with serving(start) as (process, port):
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        idle[0].sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        same("the answer to another", ask(port), (200, None))
        process.send_signal(signal.SIGTERM)
        same("the exit code", process.wait(60), 143)
        for connection in idle:
            connection.close()


# ---- Calls under way ----


class Caller:
    """A client that calls `FOREVER`, and does not wait for the answer."""

    def __init__(self, port, session=None, capabilities=None):
        headers, data = CALL, program(FOREVER, number=NUMBER, capabilities=capabilities)
        if session:
            headers, data = of_session(session), message("tools/call", python(FOREVER), NUMBER)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.request("POST", "/mcp", data, headers_of(headers))

    def rest(self):
        """All that the server still says, until it ends the answer or the connection."""
        try:
            return self.connection.getresponse().read()
        except (http.client.HTTPException, ConnectionError):
            return b""

    def is_waiting(self):
        """Whether neither an answer nor the end has come; a stream may have begun."""
        try:
            got = self.connection.sock.recv(1 << 16, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        return got != b"" and b'"jsonrpc"' not in got and not got.endswith(b"\r\n0\r\n\r\n")

    def leave(self):
        self.connection.close()


@contextmanager
def working(start, *options):
    """A server whose programs say in a folder that they have begun: (process, port, begun)."""
    with tempfile.TemporaryDirectory() as folder:
        begun = Path(folder) / "begun"
        with serving(start, "--allow-write", f"{folder}:/out", "--concurrency", "1", *options) as (process, port):
            yield process, port, begun


def until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        holds(time.monotonic() < end, f"{what}: not within {seconds} s")
        time.sleep(0.02)


@test
def a_client_that_closes_its_stream_frees_the_turn_of_its_program(start):
    with working(start) as (_, port, begun):
        caller = Caller(port)
        until(begun.exists, "its program begins")
        caller.leave()
        holds(answers_a_call(port), "the next call is not answered")


@test
def a_call_of_a_session_ends_by_a_notification_and_by_the_sessions_end(start):
    with working(start, "--http-sessions") as (_, port, begun):
        for by in ("notifications/cancelled", "DELETE"):
            session = open_session(port)
            own = of_session(session)
            caller = Caller(port, session)
            until(begun.exists, "its program begins")
            begun.unlink()
            if by == "DELETE":
                same("the status", ask(port, by, "", **own)[0], 204)
            else:
                data = message(by, {"requestId": NUMBER})
                same("the status", ask(port, data=data, Mcp_Method=None, **own)[0], 202)
            holds(b'"result"' not in caller.rest(), f"an answer after {by}")
            caller.leave()
            holds(answers_a_call(port), f"the next call after {by} is not answered")


@test
def a_server_of_http_that_is_told_to_end_does_so_with_calls_and_tasks_under_way_and_leaves_nothing(start):
    with tempfile.TemporaryDirectory() as temporary:
        before, os.environ["TMPDIR"] = os.environ.get("TMPDIR"), temporary
        try:
            with working(start, "--http-sessions", "--concurrency", "3") as (process, port, begun):
                callers = [Caller(port, open_session(port)), Caller(port), Caller(port, capabilities=TASKS)]
                holds(b'"task"' in (said := callers[2].rest()), f"it does not become a task: {said[:2000]}")
                until(begun.exists, "a program begins")
                helpers = descendants(process.pid)
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                same("the exit code", process.wait(60), 143)
                took = time.monotonic() - began
                holds(took < EXIT_SECONDS, f"it took {took:.1f} s")
                until(lambda: not set(reap()) & set(helpers), "its processes end", 2)
                same("the temporary files", os.listdir(temporary), [])
                for caller in callers:
                    caller.leave()
        finally:
            os.environ.pop("TMPDIR")
            if before is not None:
                os.environ["TMPDIR"] = before


@test
def a_call_of_a_session_is_not_cancelled_by_another(start):
    with working(start, "--http-sessions") as (_, port, begun):
        session, other = open_session(port), open_session(port)
        caller = Caller(port, session)
        until(begun.exists, "its program begins")
        data = message("notifications/cancelled", {"requestId": NUMBER})
        same("the status", ask(port, data=data, Mcp_Method=None, **of_session(other))[0], 202)
        time.sleep(1.5)
        holds(caller.is_waiting(), "it is answered")
        same("the status", ask(port, data=data, Mcp_Method=None, **of_session(session))[0], 202)
        holds(b'"result"' not in caller.rest(), "an answer after a cancel")
        holds(answers_a_call(port), "its turn is not free")
        caller.leave()


@test
def what_is_sent_by_those_who_may_not_ask_is_not_kept(start):
    with serving(start, token=TOKEN) as (process, port):
        same("the answer with the token", ask(port, Authorization="Bearer " + TOKEN), (200, None))
        before = memory(process.pid)
        most = 12 * MIB
        head = f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: {most}\r\n\r\n".encode()
        senders = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(10)]
        for sender in senders:
            sender.sendall(head + bytes(most - 1))
        grown = memory(process.pid) - before
        holds(grown < 30 * MIB, f"it has grown by {grown // MIB} MiB")
        for sender in senders:
            sender.sendall(b"x")
            holds(sender.recv(100).startswith(b"HTTP/1.1 401"), "it is not refused")
            sender.close()
