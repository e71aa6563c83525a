"""A server that says what it likes, by the path; writes its port to the file "ws_port"."""
import base64
import hashlib
import socket
import struct
import threading
from pathlib import Path


def accept_of(key):
    return base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())


def frame(opcode, data=b"", first=0x80, masked=False, length=None):
    length = len(data) if length is None else length
    mask = 0x80 if masked else 0
    if length < 126:
        size = struct.pack("!B", mask | length)
    elif length < 65536:
        size = struct.pack("!BH", mask | 126, length)
    else:
        size = struct.pack("!BQ", mask | 127, length)
    return bytes([first | opcode]) + size + (b"\0\0\0\0" if masked else b"") + data


TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
AFTER = {  # frames after a right handshake
    "right": frame(TEXT, b"hello") + frame(CLOSE, struct.pack("!H", 1001) + b"bye"),
    "pieces": frame(TEXT, b"one ", 0) + frame(PING, b"?") + frame(0, b"two ", 0) + frame(0, b"three"),
    "masked": frame(TEXT, b"hello", masked=True),
    "reserved": frame(TEXT, b"hello", first=0xC0),
    "opcode": frame(5, b"hello"),
    "continued": frame(0, b"of nothing"),
    "interleaved": frame(TEXT, b"one", 0) + frame(TEXT, b"two"),
    "utf8": frame(TEXT, b"\xff\xfe"),
    "huge": frame(BINARY, b"x", length=2**62),
    "negative": frame(BINARY, b"x", length=2**63 + 1),
    "long": frame(BINARY, b"x", length=40_000_000),
    "control": frame(PING, b"x" * 126),
    "pings": frame(PING, b"x" * 100) * 5000 + frame(TEXT, b"after"),
    "code": frame(CLOSE, struct.pack("!H", 1005)),
    "half": frame(TEXT, b"hello", length=100),
    "rubbish": b"\x00HTTP/1.1 200 OK\r\n" * 10,
    "nothing": b"",
}


def head_of(path, key):
    status = "101 Switching Protocols"
    lines = ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {accept_of(key).decode()}"]
    match path:
        case "status":
            status = "200 OK"
        case "redirect":
            status, lines = "302 Found", ["Location: /right"]
        case "upgrade":
            lines[0] = "Upgrade: h2c"
        case "connection":
            lines[1] = "Connection: keep-alive"
        case "accept":
            lines[2] = f"Sec-WebSocket-Accept: {accept_of(key + b'x').decode()}"
        case "unaccepted":
            del lines[2]
        case "protocol":
            lines.append("Sec-WebSocket-Protocol: other")
        case "extension":
            lines.append("Sec-WebSocket-Extensions: permessage-deflate")
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


def serve(connection):
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(4096)
    path = request.split()[1].decode().strip("/")
    key = [line.split(b": ")[1] for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")]
    connection.sendall(head_of(path, key[0]) + AFTER.get(path, b""))
    if path != "right":
        connection.shutdown(socket.SHUT_WR)
    try:
        while connection.recv(65536):
            pass
    except OSError:
        pass
    connection.close()


listener = socket.create_server(("127.0.0.1", 0))
Path("ws_port").write_text(str(listener.getsockname()[1]))
while True:
    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()
