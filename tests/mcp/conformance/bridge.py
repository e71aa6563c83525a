"""A server on standard input and output behind HTTP: for a suite that knows HTTP only.

Everything that makes HTTP of it is here: sessions, events, statuses. What a message says, in and out,
is the server's own. A process for each session of the revisions that have a handshake, and one for all
requests of those that have none.
"""

import http.server
import itertools
import json
import queue
import subprocess
import threading
import uuid

MODERN = "2026-07-28"


class Process:
    """One server. Lines that come are given to whoever waits for that id, notices to the last who asked.

    Requests of different clients may have the same id: each gets one of ours on its way."""

    def __init__(self, command):
        self.ids = itertools.count(1)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.waiting = {}
        self.last = None
        self.lock = threading.Lock()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            message = json.loads(line)
            key = json.dumps(message.get("id")) if "id" in message or "error" in message else None
            with self.lock:
                wanted = self.waiting.get(key, self.last)
            if wanted:
                wanted.put(message)

    def send(self, message):
        with self.lock:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()

    def ask(self, message):
        """What comes for a request, up to its answer, or for so long."""
        answers, identifier = queue.Queue(), next(self.ids)
        with self.lock:
            self.waiting[json.dumps(identifier)] = self.last = answers
        self.send(message | {"id": identifier})
        while True:
            try:
                answer = answers.get(timeout=10)
            except queue.Empty:
                return  # a request that stays open
            yield answer if "id" not in answer else answer | {"id": message["id"]}
            if "method" not in answer:
                return

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    command_line = None  # of a server
    sessions = {}  # servers, by the names that clients send; MODERN: without a session
    begin = threading.Lock()

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", kind="application/json", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if body:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply(405)

    def do_DELETE(self):
        process = self.sessions.pop(self.headers.get("Mcp-Session-Id"), None)
        if process:
            process.close()
        self.reply(204 if process else 404)

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        modern = self.headers.get("MCP-Protocol-Version") == MODERN or "_meta" in message.get("params", {}) and any(
            name.endswith("/protocolVersion") for name in message["params"]["_meta"])
        if modern:
            with self.begin:
                process = self.sessions.get(MODERN) or self.sessions.setdefault(MODERN, Process(self.command_line))
            return self.answer(process, message, modern)
        name = self.headers.get("Mcp-Session-Id")
        if message.get("method") == "initialize":
            name = uuid.uuid4().hex
            self.sessions[name] = Process(self.command_line)
        if name not in self.sessions:
            return self.reply(404 if name else 400)
        self.answer(self.sessions[name], message, modern, Mcp_Session_Id=name)

    def answer(self, process, message, modern, **headers):
        if "id" not in message:
            process.send(message)
            return self.reply(202)
        said = list(process.ask(message))
        error = said[-1].get("error") if said else None
        if modern and error and len(said) == 1:
            return self.reply(404 if error["code"] == -32601 else 400, json.dumps(said[0]).encode())
        if len(said) == 1:
            return self.reply(200, json.dumps(said[0]).encode(), **headers)
        events = "".join(f"event: message\ndata: {json.dumps(one)}\n\n" for one in said)
        self.reply(200, events.encode(), "text/event-stream", **headers)


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # a client has gone

    request_queue_size = 64
    daemon_threads = True


def serve(command):
    """(server, URL); the server runs on a thread until it is shut down."""
    Handler.command_line = command
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/mcp"


def close(server):
    server.shutdown()
    server.server_close()
    for process in Handler.sessions.values():
        process.close()
    Handler.sessions.clear()
