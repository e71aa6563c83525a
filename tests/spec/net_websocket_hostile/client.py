import asyncio
import sys

from js import WebSocket
from pyodide.ffi import create_proxy

base, *paths = sys.argv[1:]
for path in paths:
    seen = []
    closed = asyncio.Future()
    socket = WebSocket.new(base + path)
    socket.onmessage = create_proxy(lambda e: seen.append(e.data if isinstance(e.data, str) else "bytes"))
    socket.onerror = create_proxy(lambda e: seen.append(e.message.replace(base[2:], "//HOST/")))
    socket.onclose = create_proxy(lambda e: closed.set_result([e.code, e.reason, e.wasClean]))
    print(path, *await closed, *seen, sep=" | ")
