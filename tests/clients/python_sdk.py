"""The official Python SDK 2: Client, which speaks the newest revision."""

import contextlib

from mcp import Client, MCPError, StdioServerParameters

import connection
from scenarios import SCENARIOS

LEVEL = "io.modelcontextprotocol/logLevel"


class Connection(connection.Connection):
    protocol = "2026-07-28"
    protocol_error = MCPError

    def __init__(self, client, logs):
        super().__init__(logs)
        self.client = client
        self.meta = None

    async def version(self):
        return self.client.server_info.name, self.client.protocol_version

    async def tools(self):
        # Not from the client's cache.
        return self.wire(await self.client.list_tools(cache_mode="bypass"))["tools"]

    async def call(self, name, arguments, on_progress=None):
        result = await self.client.call_tool(name, arguments, progress_callback=self.progress(on_progress),
                                             meta=self.meta)
        return connection.Answer.of(self.wire(result))

    async def read(self, uri):
        return self.wire(await self.client.read_resource(uri))["contents"]

    async def resources(self):
        return self.wire(await self.client.list_resources())["resources"]

    async def listen(self, level):
        self.meta = {LEVEL: level} if level else None


@contextlib.asynccontextmanager
async def stdio(program, arguments):
    yield StdioServerParameters(command=program, args=arguments)


@contextlib.asynccontextmanager
async def connect(program, arguments, serve=stdio):
    logs = []

    async def on_log(params):
        logs.append((params.level, params.data))

    async with serve(program, arguments) as server, Client(server, logging_callback=on_log) as client:
        yield Connection(client, logs)


if __name__ == "__main__":
    connection.run(SCENARIOS, connect)
