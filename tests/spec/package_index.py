#!/usr/bin/env python3
"""An index of Python packages on 127.0.0.1, for tests: honest, slow to answer or hostile, as its
description says.

Usage: package_index.py FILE PORT_FILE LOG_FILE

FILE is Python: it calls project(), file() and the functions of wheels.py, which are there already.
The port, chosen by the kernel, is written to PORT_FILE; each request to LOG_FILE, as "METHOD PATH" and
its Range. SIGTERM ends it.
"""

import base64
import http.server
import json
import os
import signal
import sys
import threading
import urllib.parse
import warnings

import wheels

LOCK = threading.Lock()
PROJECTS = {}  # (index, project) → {"files": [Entry…], "html": bool, …}
FILES = {}  # path → Entry
PASSWORDS = {}  # index → "user:password"


class Entry:
    def __init__(self, name, data, *, listed=None, url=None, sha256=None, metadata=None, metadata_sha256=None,
                 yanked=False, python=None, fail=(), ranges=True, cut=None, location=None):  # fmt: skip
        self.name, self.data = listed or name, data
        self.url = url  # as the page has it, instead of its own
        self.sha256 = wheels.sha256(data) if sha256 is None else sha256  # as the page has it; "": none
        self.metadata, self.metadata_sha256 = metadata, metadata_sha256
        self.yanked, self.python = yanked, python
        self.fail = list(fail)  # what the first answers are: a status, or "stop" in the middle
        self.ranges = ranges  # whether it knows Range
        self.cut = cut  # so many bytes come, always; Content-Length says all
        self.location = location


def project(name, *files, index="index", html=False, fail=(), location=None, body=None, kind=None):
    """A project of an index: `files` are Entry or (file name, bytes). `body` instead: the page itself."""
    entries = [file if isinstance(file, Entry) else Entry(*file) for file in files]
    PROJECTS[index, name] = {"files": entries, "html": html, "fail": list(fail), "location": location, "body": body,
                             "kind": kind}  # fmt: skip
    for entry in entries:
        FILES[f"/files/{index}/{entry.name}"] = entry


def file(pair, **options):
    """A wheel of wheels.wheel() with something special."""
    return Entry(*pair, **options)


def password(index, text):
    PASSWORDS[index] = text


def page(index, this, port):
    entries = []
    for entry in this["files"]:
        # As its own server has it.
        item = {"filename": entry.name, "url": (entry.url or "").replace("PORT", str(port)) or f"../../files/{index}/{urllib.parse.quote(entry.name)}",
                "hashes": {"sha256": entry.sha256} if entry.sha256 else {}}  # fmt: skip
        if entry.python:
            item["requires-python"] = entry.python
        if entry.yanked:
            item["yanked"] = "broken"
        if entry.metadata is not None:
            item["core-metadata"] = {"sha256": entry.metadata_sha256 or wheels.sha256(entry.metadata.encode())}
        entries.append(item)
    if not this["html"]:
        return "application/vnd.pypi.simple.v1+json", json.dumps({"meta": {"api-version": "1.1"}, "files": entries})
    lines = []
    for item in entries:
        url = item["url"] + (f"#sha256={item['hashes']['sha256']}" if item["hashes"] else "")
        more = f' data-requires-python="{item["requires-python"].replace("<", "&lt;")}"' if "requires-python" in item else ""
        more += ' data-yanked="broken"' if "yanked" in item else ""
        more += f' data-core-metadata="sha256={item["core-metadata"]["sha256"]}"' if "core-metadata" in item else ""
        lines.append(f'<a href="{url}"{more}>{item["filename"]}</a><br/>')
    return "text/html", "<!DOCTYPE html><html><body>\n" + "\n".join(lines) + "\n</body></html>"


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # whoever asked has gone


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        part = self.headers.get("Range", "")
        with LOCK, open(sys.argv[3], "a") as log:
            log.write(f"GET {self.path} {part}".rstrip() + "\n")
        parts = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        index = parts.split("/")[2 if parts.startswith("/files/") else 1]
        if index in PASSWORDS:
            wanted = "Basic " + base64.b64encode(PASSWORDS[index].encode()).decode()
            if self.headers.get("Authorization") != wanted:
                return self.answer(401, b"")
        if parts in FILES:
            return self.give_file(FILES[parts], part)
        if parts.endswith(".metadata") and parts.removesuffix(".metadata") in FILES:
            text = FILES[parts.removesuffix(".metadata")].metadata
            return self.answer(404, b"") if text is None else self.answer(200, text.encode())
        this = PROJECTS.get((index, parts.rstrip("/").rpartition("/")[2]))
        if this is None:
            return self.answer(404, b"no such project")
        if this["fail"]:
            return self.answer(this["fail"].pop(0), b"not now")
        if this["location"]:
            return self.answer(302, b"", {"Location": this["location"].replace("PORT", str(self.server.server_port))})
        kind, body = page(index, this, self.server.server_port) if this["body"] is None else (this["kind"] or "application/json", this["body"])
        body = body.replace("PORT", str(self.server.server_port))
        self.answer(200, body.encode(), {"Content-Type": kind})

    def give_file(self, entry, part):
        fail = entry.fail.pop(0) if entry.fail else None
        if isinstance(fail, int):
            return self.answer(fail, b"not now")
        if entry.location:
            return self.answer(302, b"", {"Location": entry.location.replace("PORT", str(self.server.server_port))})
        data, status, more = entry.data, 200, {}
        if part and entry.ranges:
            begin = int(part.removeprefix("bytes=").partition("-")[0])
            if begin >= len(data):
                return self.answer(416, b"")
            more = {"Content-Range": f"bytes {begin}-{len(data) - 1}/{len(data)}"}
            data, status = data[begin:], 206
        cut = len(data) // 2 if fail == "stop" else entry.cut
        self.answer(status, data, more, cut)

    def answer(self, status, body, headers=None, cut=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut])
        if cut is not None:
            self.close_connection = True


def main():
    with open(sys.argv[1], encoding="utf-8") as description:
        code = compile(description.read(), sys.argv[1], "exec")
    warnings.simplefilter("ignore")  # of names that are there twice, on purpose
    names = {name: getattr(wheels, name) for name in dir(wheels) if not name.startswith("_")}
    exec(code, names | {"project": project, "file": file, "password": password})
    server = Server(("127.0.0.1", 0), Handler)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    unfinished = sys.argv[2] + ".unfinished"
    with open(unfinished, "w") as port:
        port.write(str(server.server_port))
    os.rename(unfinished, sys.argv[2])
    server.serve_forever()


if __name__ == "__main__":
    main()
