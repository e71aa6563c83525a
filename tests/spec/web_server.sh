# For `cmd` to source: a web server on 127.0.0.1 for the length of the test. $url is where it is,
# $port its port; the file `requests` has a line for each request, `connections` one for each
# connection. With certificates in server.pem it speaks TLS.
cat > server.py <<'PY'
import gzip, http.server, os, ssl, threading, time
from urllib.parse import urlsplit


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        write("connections", "one")

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def reply(self, body=b"", status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        write("requests", f"{self.command} {self.path}")
        body = self.body()
        first, *rest = urlsplit(self.path).path.strip("/").split("/")
        match first:
            case "echo":
                self.reply(f"{self.command} {len(body)} ".encode() + body[:40])
            case "headers":
                lines = sorted(f"{name.lower()}: {value}" for name, value in self.headers.items())
                self.reply("\n".join(lines).encode())
            case "status":
                self.reply(b"the page of " + rest[0].encode(), int(rest[0]))
            case "redirect":
                self.reply(b"see there", int(rest[0]), Location="/" + "/".join(rest[1:]))
            case "gzip":
                self.reply(gzip.compress(b"packed " * 100000), Content_Encoding="gzip", Content_Type="text/plain")
            case "big":
                self.reply(b"x" * (int(rest[0]) << 20))
            case "cookie":
                self.reply(b"baked", Set_Cookie="a=b; Path=/")
            case "silent":
                time.sleep(300)
            case "slow":
                self.reply(b"first", Content_Length="1000")
                time.sleep(300)
            case "cut":
                self.reply(b"first", Content_Length="1000")
                self.close_connection = True
            case _:
                self.reply(b"hello", Content_Type="text/plain", X_A="1")

    do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_GET

    def log_message(self, *args):
        pass


lock = threading.Lock()


def write(name, line):
    with lock, open(name, "a") as file:
        file.write(line + "\n")


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 200

    def handle_error(self, request, address):
        pass


server = Server(("127.0.0.1", 0), Handler)
if os.path.exists("server.pem"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
for name in "requests", "connections":
    open(name, "w").close()
with open("port.new", "w") as file:
    file.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
PY
python3 server.py & server=$!
trap 'kill $server; wait $server 2>/dev/null' EXIT
until [ -s port ]; do sleep 0.05; done
port=$(cat port) url=http://127.0.0.1:$(cat port)
