"""A WebSocket server on 127.0.0.1; writes its ports to the files "ws_port" and "wss_port"."""
import asyncio
import ssl
from pathlib import Path

import websockets


async def serve(socket, path=None):
    path = socket.path
    if path == "/echo":
        async for message in socket:
            await socket.send(message)
    elif path == "/count":
        for i in range(1000):
            await socket.send(str(i))
    elif path == "/close":
        await socket.close(4001, "enough")
    elif path == "/large":
        await socket.send(b"x" * 20_000_000)
        await socket.send("after")
    elif path == "/endless":
        while True:
            await socket.send("x" * 65536)
    elif path == "/silent":
        await socket.wait_closed()
    elif path == "/ping":
        await (await socket.ping())
        await socket.send("had a pong")
    elif path == "/vanish":
        socket.transport.abort()


async def main():
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain("ws.pem")
    options = {"max_size": None, "subprotocols": ["chat.v2", "chat.v1"]}
    async with (
        websockets.serve(serve, "127.0.0.1", 0, ssl=secure, **options) as secured,
        websockets.serve(serve, "127.0.0.1", 0, **options) as server,
    ):
        Path("wss_port").write_text(str(secured.sockets[0].getsockname()[1]))
        Path("ws_port").write_text(str(server.sockets[0].getsockname()[1]))
        await asyncio.Future()


asyncio.run(main())
