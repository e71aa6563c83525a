#!/usr/bin/env python3
"""A crowd of HTTP clients that do everything at once, for the sanitizers: `http_stress.py --v8py PROGRAM [--seconds N]`.

PROGRAM is one that was built with TSan or ASan; V8PY_HOME says where workers are. Each clean request must have its
own answer or "busy", whatever the others do meanwhile; the server must end when it is told to, and must not have
printed a report. The last line is "N passed, N failed".
"""

import argparse
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from client import MODERN, PREFIX
from web import (
    CALL, ask, body, call, exchange, headers_of, last_message, message, of_session, open_session, program, python, raw
)

REPORTS = ("ThreadSanitizer", "AddressSanitizer", "runtime error:", "LeakSanitizer")
TASKS = {"extensions": {f"{PREFIX}tasks": {}}}


def leave(port, data, headers, after):
    """Sends a request and closes the connection `after` seconds, with an answer under way or not."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/mcp", data, headers_of(headers))
    time.sleep(after)
    connection.close()


class Crowd:
    def __init__(self, port, seed):
        self.port, self.random = port, random.Random(seed)
        self.done = self.busy = 0
        self.wrong = []

    def expect(self, what, holds):
        self.done += 1
        if not holds:
            self.wrong.append(what)

    def lists(self):
        self.expect("tools/list", ask(self.port)[0] in (200, 503))

    def calls(self):
        number = self.random.randrange(10**9)
        status, text = call(self.port, f"print({number})\n{number} + 1")
        if status == 503 or "busy" in text.lower():
            self.busy += 1
        else:
            self.expect(f"{number} + 1: {status} {text[:300]}", str(number + 1) in text)

    def leaves(self):
        code = self.random.choice(["while True: pass", "1", "print('x' * 3_000_000)", "import time; time.sleep(9)"])
        leave(self.port, program(code), CALL, self.random.random())

    def is_silent(self):
        with socket.create_connection(("127.0.0.1", self.port), 30) as connection:
            request = raw(program("print('x' * 3_000_000)\n'y' * 500_000"))
            connection.sendall(request[: self.random.randrange(len(request) + 1)])
            time.sleep(self.random.random() * 2)

    def breaks(self):
        with socket.create_connection(("127.0.0.1", self.port), 30) as connection:
            connection.sendall(self.random.randbytes(self.random.randrange(10_000)))

    def has_a_session(self):
        session = open_session(self.port)
        if not session:
            return
        own = headers_of(of_session(session))
        data = message("tools/call", python("while True: pass"), 7)
        caller = threading.Thread(target=self.quietly, args=(exchange, self.port, data, own))
        caller.start()
        time.sleep(self.random.random() / 2)
        if self.random.random() < 0.7:
            exchange(self.port, message("notifications/cancelled", {"requestId": 7}), own)
        exchange(self.port, "", own, "DELETE")
        caller.join()
        self.expect("a session that was deleted", ask(self.port, data=data, **of_session(session))[0] in (404, 503))

    def has_a_task(self):
        text = exchange(self.port, program("while True: pass", capabilities=TASKS), headers_of(CALL))[2]
        if '"taskId"' not in text:
            return
        task = last_message(text)["result"]["taskId"]
        headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tasks/cancel", "Mcp-Name": task}
        data = body("tasks/cancel", capabilities=TASKS, taskId=task)
        status, _, text = exchange(self.port, data, headers_of(headers))
        self.expect(f"tasks/cancel: {text[:300]}", status == 503 or '"result"' in text)

    def quietly(self, what, *arguments):
        try:
            what(*arguments)
        except (OSError, http.client.HTTPException):
            pass  # the server may end it

    def run(self, end):
        acts = [self.lists, self.calls, self.calls, self.leaves, self.is_silent, self.breaks, self.has_a_session]
        while time.monotonic() < end:
            act = self.random.choice([*acts, self.has_a_task])
            try:
                act()
            except Exception as error:  # a clean request that gets no answer is what this looks for
                if act in (self.lists, self.calls):
                    self.wrong.append(f"{act.__name__}: {error!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--v8py", required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=12)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "w+") as log:
        os.mkdir(f"{folder}/tmp")
        words = [options.v8py, "mcp", "--http", "127.0.0.1:0", "--http-sessions", "--timeout", "20s"]
        words += ["--telemetry", f"{folder}/telemetry"]
        server = subprocess.Popen(words, stderr=log, env={**os.environ, "TMPDIR": f"{folder}/tmp"})
        try:
            end = time.monotonic() + 60
            while "/mcp" not in (text := open(log.name).read()) and time.monotonic() < end:
                time.sleep(0.05)
            port = int(text.rpartition(":")[2].partition("/")[0])
            crowds = [Crowd(port, options.seed + i) for i in range(options.clients)]
            end = time.monotonic() + options.seconds
            threads = [threading.Thread(target=crowd.run, args=(end,)) for crowd in crowds]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            wrong = [what for crowd in crowds for what in crowd.wrong]
            # It ends with calls of clients under way.
            leave(port, program("while True: pass"), CALL, 0.2)
            server.send_signal(signal.SIGTERM)
            began = time.monotonic()
            code = server.wait(60)
            took = time.monotonic() - began
            left = os.listdir(f"{folder}/tmp")
        finally:
            server.kill()
            server.wait()
        printed = open(log.name).read()
        reports = [word for word in REPORTS if word in printed]
    done, busy = sum(crowd.done for crowd in crowds), sum(crowd.busy for crowd in crowds)
    print(f"stress: seed {options.seed}: {done} answers as they should be, {busy} busy; exit code {code} after {took:.1f} s")
    for what in wrong[:20]:
        print("WRONG", what)
    if reports:
        print(printed[-20000:])
    checks = [not wrong, done > 0, not reports, code == 143, not left]
    print(f"{sum(checks)} passed, {len(checks) - sum(checks)} failed")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
