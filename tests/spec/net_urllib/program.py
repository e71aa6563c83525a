import io
import socket
import sys
import urllib.error
import urllib.request

url = sys.argv[1]


def ask(path, data=None, **more):
    with urllib.request.urlopen(urllib.request.Request(url + path, data, **more), timeout=60) as response:
        return response.status, response.url.removeprefix(url), response.read()


def failure(path, **more):
    try:
        with urllib.request.urlopen(url + path, **more) as response:
            response.read()
    except OSError as error:
        return type(error).__name__, str(error)
    except Exception as error:
        return type(error).__name__


print(ask("/hello"))
print(ask("/echo", b"body"))
print(ask("/echo", b"body", method="PUT"))
print(ask("/echo", method="DELETE"))
print(ask("/echo", io.BytesIO(b"x" * 2_000_000), method="PUT", headers={"Content-Length": "2000000"}))
print("in chunks:", ask("/echo", (b"part " for _ in range(100_000))))
print(ask("/hello", method="HEAD"))
print(ask("/redirect/302/echo"), ask("/redirect/303/echo", b"body"), ask("/redirect/301/redirect/307/hello"))
status, _, packed = ask("/gzip")
print(status, len(packed), packed[:14])
status, _, big = ask("/big/20")
print(status, len(big))
try:
    ask("/status/404")
except urllib.error.HTTPError as error:
    print(error.code, error.reason, error.read(), error.headers["content-length"])
print(failure("/silent", timeout=0.2))
print(failure("/slow", timeout=0.2))
print(failure("/cut"))
print(failure("/redirect/307/hello", data=b"body"))
socket.setdefaulttimeout(0.2)
print(failure("/silent"))
with urllib.request.urlopen(url + "/hello") as response:
    print(response.headers["X-A"], response.headers.get_content_type(), [part for part in iter(lambda: response.read(2), b"")])
