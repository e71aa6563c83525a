"""Connections of http.client, and so of urllib.request, urllib3, requests and others, through the host.

A socket of Emscripten's reaches nobody. What stands in for it here takes the request that http.client
writes, has the host make it, and gives the response as a server would have written it. The host says
how a message is sent (connections, encodings, HTTP/2): that part of both is left out.
"""

import errno
import io
import itertools
import socket

from _v8py_host import HostSocket, ask, tell

MAX_PART = 512 * 1024
MAX_HEAD = 256 * 1024

# Not the program's to say.
_OURS = {
    "accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade", "via",
}  # fmt: skip
# What http.client would look for in vain: the body comes as it is.
_OF_THE_WIRE = {"connection", "content-encoding", "keep-alive", "transfer-encoding", "upgrade"}

# From 2**40 on: the numbers below are JavaScript's.
_numbers = itertools.count(1 << 40)


def install(client):
    """Has http.client (the module) connect here."""

    def connect(self):
        if self._tunnel_host:
            raise OSError(errno.EOPNOTSUPP, "tunnels are made by the host, as it is configured")
        self.sock = _Exchange("http", self.host, self.port, self.timeout)

    def connect_tls(self):
        self.sock = _Exchange("https", self.host, self.port, self.timeout)

    client.HTTPConnection.connect = connect
    client.HTTPSConnection.connect = connect_tls


def install_urllib3(connection):
    """The same for urllib3.connection."""

    def new_connection(self):
        return _Exchange("http", self.host, self.port, self.timeout, patient=True)

    def connect_tls(self):
        self.sock = _Exchange("https", self.host, self.port, self.timeout, patient=True)
        self.is_verified = True  # by the host, always

    connection.HTTPConnection._new_conn = new_connection
    connection.HTTPSConnection.connect = connect_tls


def _ask(name, args, data=None):
    try:
        return ask(name, args, data)
    except OSError as error:
        if error.errno == errno.EHOSTUNREACH:
            raise socket.gaierror(socket.EAI_NONAME, error.strerror) from None
        raise


class _Exchange:
    """As http.client uses a socket: sendall(), makefile("rb"), close().

    patient: whoever uses it first says how long a connection may take, and then how long an answer
    may. A failure to connect shows when the answer is wanted.
    """

    def __init__(self, scheme, host, port, timeout, patient=False):
        self._patient = patient
        self._origin = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
        timeout = socket.getdefaulttimeout() if timeout is socket._GLOBAL_DEFAULT_TIMEOUT else timeout
        self.settimeout(timeout)
        self._begin()

    def _begin(self):
        self._number = None
        self._head = b""
        self._left = 0  # bytes of the request's body that are to come; None: in chunks
        self._unread = b""  # of a body in chunks
        self._method = ""
        self._args = None  # of a request that is not opened yet
        self._answer = None

    def settimeout(self, timeout):
        self._patience = 0 if timeout is None else max(1, int(timeout * 1000))

    def setsockopt(self, *args):
        pass

    def sendall(self, data):
        data = memoryview(data).cast("B")
        if self._number is None:
            data = self._take_head(bytes(data))
        if data:
            self._send_body(bytes(data))

    def _take_head(self, data):
        """Opens the exchange when the head is complete; what follows that is the body's."""
        head, end, rest = (self._head + data).partition(b"\r\n\r\n")
        if not end:
            self._head = head
            if len(head) > MAX_HEAD:
                raise OSError(errno.EMSGSIZE, "the head of the request is too long")
            return b""
        request, *lines = head.decode("latin-1").split("\r\n")
        self._method, target, _ = request.split(" ")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        sizes = {name.lower(): value for name, value in headers}
        chunked = sizes.get("transfer-encoding", "").lower() == "chunked"
        size = -1 if chunked else int(sizes.get("content-length", 0))
        headers = [pair for pair in headers if not _is_ours(pair[0].lower())]
        self._number = next(_numbers)
        self._left = None if chunked else size
        url = target if "://" in target else self._origin + target
        more = chunked or size > 0
        sized = size if "content-length" in sizes else -1
        self._args = [self._number, self._method, url, headers, "manual", more, sized]
        if more or not self._patient:
            self._open()
        return rest

    def _open(self):
        args, self._args = self._args, None
        self._answer = _ask("net.open", [*args, self._patience])[0]

    def _send_body(self, data):
        if self._left is None:
            data, last = self._unchunk(data)
        else:
            data = data[: self._left]
            self._left -= len(data)
            last = self._left == 0
        for at in range(0, max(len(data), 1), MAX_PART):
            part = data[at : at + MAX_PART]
            is_last = last and at + MAX_PART >= len(data)
            if part or is_last:
                _ask("net.send", [self._number, is_last], part)

    def _unchunk(self, data):
        """The bytes of all chunks that are complete, and whether the last one is."""
        data = self._unread + data
        parts = []
        while (end := data.find(b"\r\n")) >= 0:
            size = int(data[:end].partition(b";")[0], 16)
            if size == 0:
                return b"".join(parts), True
            if len(data) < end + size + 4:
                break
            parts.append(data[end + 2 : end + 2 + size])
            data = data[end + size + 4 :]
        self._unread = data
        return b"".join(parts), False

    def makefile(self, mode="rb", *args, **kwargs):
        number, method = self._number, self._method
        if self._args:
            self._open()
        head = self._answer or _ask("net.head", [number, self._patience])[0]
        self._begin()  # for the next request on this connection
        status, reason, _, _, headers = head
        encoded = any(name == "content-encoding" for name, _ in headers)
        lines = [f"HTTP/1.1 {status} {reason}"]
        for name, value in headers:
            if name not in _OF_THE_WIRE and not (encoded and name == "content-length"):
                lines.append(f"{name}: {value}")
        lines.append("connection: close")
        text = "\r\n".join(lines) + "\r\n\r\n"
        return io.BufferedReader(_Response(number, text.encode("latin-1", "replace"), method, self._patience), MAX_PART)

    def shutdown(self, how):
        pass

    def close(self):
        pass  # a response that is being read goes on, as with a socket


class _Response(io.RawIOBase):
    """The bytes of a response: the first come with a call, those of a large body by a socket."""

    def __init__(self, number, head, method, patience):
        self._number = number
        self._patience = patience
        self._bytes = memoryview(head)
        self._socket = None
        self._last = method == "HEAD"
        if self._last:
            self._end()

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self._bytes and not self._last:
            if self._socket and (count := self._socket.readinto(buffer, self._patience)):
                return count
            self._read()
        count = min(len(buffer), len(self._bytes))
        buffer[:count] = self._bytes[:count]
        self._bytes = self._bytes[count:]
        return count

    def _read(self):
        """The first bytes, or what there is to say at the end."""
        part = b""
        while not part and not self._last:
            self._last, part, _ = _ask("net.read", [self._number])
        self._bytes = memoryview(part)
        if self._last:
            self._end()
        else:
            [descriptor] = _ask("net.body", [self._number])[2]
            self._socket = HostSocket(descriptor)

    def _end(self):
        if self._socket:
            self._socket.close()
        if self._number is not None:
            number, self._number = self._number, None
            tell("net.close", [number])

    def close(self):
        if not self.closed:
            self._last = True
            self._end()
        super().close()


def _is_ours(name):
    return name in _OURS or name.startswith("proxy-")
