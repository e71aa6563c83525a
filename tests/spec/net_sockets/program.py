import socket
import sys

port = int(sys.argv[1])


def attempt(what, action):
    try:
        action()
        print(what, "worked")
    except Exception as error:
        print(what, type(error).__name__)


def send(kind):
    with socket.socket(socket.AF_INET, kind) as client:
        client.settimeout(5)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET /raw HTTP/1.1\r\nHost: x\r\n\r\n")
        if not client.recv(100):
            raise OSError("nobody answers")


attempt("unix", lambda: socket.socket(socket.AF_UNIX).connect("/run/x"))
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).sendto(b"x", ("127.0.0.1", 0)))
attempt("create_connection", lambda: socket.create_connection(("127.0.0.1", port), 5).recv(1))
attempt("tcp", lambda: send(socket.SOCK_STREAM))
