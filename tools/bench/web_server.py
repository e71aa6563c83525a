"""A server for benchmarks: /small answers 1 KB, /large 100 MB. Prints its port."""

import http.server
import sys

SMALL = b"x" * 1024
LARGE = 100 * 1024 * 1024
BLOCK = b"y" * (1 << 20)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet: no delayed acknowledgement in between

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        size = LARGE if self.path == "/large" else len(SMALL)
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if size == len(SMALL):
            self.wfile.write(SMALL)
        else:
            for _ in range(LARGE // len(BLOCK)):
                self.wfile.write(BLOCK)
        self.wfile.flush()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
sys.stdout.close()
server.serve_forever()
