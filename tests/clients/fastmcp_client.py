"""The client of fastmcp, built on the Python SDK 2."""

import contextlib

from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from fastmcp.exceptions import McpError

import connection
from scenarios import SCENARIOS


class Connection(connection.Connection):
    protocol = "2026-07-28"
    protocol_error = McpError
    cannot = {"silence": "it asks for logs with each request"}

    def __init__(self, client, logs):
        super().__init__(logs)
        self.client = client

    async def version(self):
        return self.client.server_info.name, self.client.protocol_version

    async def tools(self):
        return [self.wire(tool) for tool in await self.client.list_tools()]

    async def call(self, name, arguments, on_progress=None):
        result = await self.client.call_tool_mcp(name, arguments, progress_handler=self.progress(on_progress))
        return connection.Answer.of(self.wire(result))

    async def read(self, uri):
        return [self.wire(content) for content in await self.client.read_resource(uri)]

    async def resources(self):
        return [self.wire(resource) for resource in await self.client.list_resources()]

    async def listen(self, level):
        pass  # there is no such setting


@contextlib.asynccontextmanager
async def connect(program, arguments):
    logs = []

    async def on_log(message):
        logs.append((message.level, message.data))

    # By default the server outlives the client.
    transport = StdioTransport(program, arguments, keep_alive=False)
    async with Client(transport, log_handler=on_log) as client:
        yield Connection(client, logs)


connection.run(SCENARIOS, connect)
