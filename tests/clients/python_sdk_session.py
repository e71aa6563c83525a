"""The official Python SDK 2: ClientSession, which opens with initialize."""

import contextlib

from mcp import ClientSession, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

import connection
from scenarios import SCENARIOS


class Connection(connection.SessionConnection):
    protocol = "2025-11-25"
    protocol_error = MCPError

    async def version(self):
        return self.session.server_info.name, self.session.protocol_version

    async def read(self, uri):
        return self.wire(await self.session.read_resource(uri))["contents"]


@contextlib.asynccontextmanager
async def connect(program, arguments):
    logs = []

    async def on_log(params):
        logs.append((params.level, params.data))

    async with stdio_client(StdioServerParameters(command=program, args=arguments)) as streams:
        async with ClientSession(*streams, logging_callback=on_log) as session:
            await session.initialize()
            yield Connection(session, logs)


connection.run(SCENARIOS, connect)
