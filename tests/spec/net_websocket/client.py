import asyncio
import sys

from js import WebSocket
from pyodide.ffi import create_proxy, to_js

base = sys.argv[1]


class Socket:
    """What happens to it, in order."""

    def __init__(self, path, protocols=()):
        self.events = asyncio.Queue()
        self.socket = WebSocket.new(base + path, to_js(list(protocols)))
        for kind in ("open", "message", "error", "close"):
            self.socket.addEventListener(kind, create_proxy(self.put))

    def put(self, event):
        if event.type == "message":
            data = event.data
            self.events.put_nowait(data if isinstance(data, str) else data.to_bytes())
        elif event.type == "close":
            self.events.put_nowait(("close", event.code, event.reason, event.wasClean))
        elif event.type == "error":
            self.events.put_nowait(("error", event.message.replace(base[5:], "HOST")))
        else:
            self.events.put_nowait(event.type)

    async def next(self, count=1):
        found = [await self.events.get() for _ in range(count)]
        return found[0] if count == 1 else found


echo = Socket("/echo", ["chat.v1"])
print(await echo.next(), echo.socket.protocol, echo.socket.readyState)
for message in ["hello", "é\N{SNOWMAN}\N{GRINNING FACE}", "", b"", b"\x00\xff", b"y" * 3_000_000]:
    echo.socket.send(message if isinstance(message, str) else to_js(message))
    assert await echo.next() == message, message
print("echoed")
for i in range(500):
    echo.socket.send(str(i))
print(await echo.next(500) == [str(i) for i in range(500)], echo.socket.bufferedAmount)
echo.socket.close(3000, "done")
print(await echo.next(), echo.socket.readyState)

print((await Socket("/count").next(1002))[-2:])
print(await Socket("/close").next(2))
large = await Socket("/large").next(3)
print(len(large[1]), large[2])
print(await Socket("/ping").next(2))
print(await Socket("/vanish").next(3))
for path in ("/endless", "/silent"):
    socket = Socket(path)
    await socket.next()
    socket.socket.close()
    while (event := await socket.next())[0] != "close":
        pass
    print(path, event)

print(await Socket("/close", ["binary"]).next(2))
early = Socket("/echo")
early.socket.close()
print(await early.next())
for url in ("http://[", "ftp://x/", "ws://x/#f"):
    try:
        WebSocket.new(url)
    except Exception as e:
        print(str(e).splitlines()[0])
