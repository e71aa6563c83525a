"""What the scripts talk to: a page and a JSON API on a port of this machine, which it writes to ./port."""

import http.server
import json
import os
import urllib.parse

STATIONS = [{"name": n, "temperature": t} for n, t in (("Berlin", 18.5), ("Rome", 25.0), ("Oslo", 11.2))]
PAGE = """<!doctype html><html><head><title> A page </title></head><body><h1>News</h1>
<h2>Second <em>headline</em></h2><p><a href="/stations">stations</a> <a href="gone">gone</a></body></html>"""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body, kind="application/json"):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/page":
            self.answer(200, PAGE, "text/html; charset=utf-8")
        elif url.path == "/stations":
            start, limit = int(query.get("start", 0)), int(query.get("limit", 2))
            following = f"http://{self.headers['Host']}/stations?start={start + limit}&limit={limit}"
            more = following if start + limit < len(STATIONS) else None
            self.answer(200, {"items": STATIONS[start : start + limit], "next": more})
        else:
            self.answer(404, {"detail": "no such thing"})

    do_HEAD = do_GET

    def do_POST(self):
        note = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(201, note | {"id": 1})


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("port.new", "w") as file:
    file.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
