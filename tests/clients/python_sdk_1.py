"""The official Python SDK 1."""

import asyncio
import contextlib

from mcp import ClientSession, McpError, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from pydantic import AnyUrl

import connection
from scenarios import SCENARIOS


class Connection(connection.SessionConnection):
    protocol = "2025-11-25"
    protocol_error = McpError

    def __init__(self, session, opened, logs):
        super().__init__(session, logs)
        self.opened = opened

    async def version(self):
        return self.opened.serverInfo.name, self.opened.protocolVersion

    async def cancelled(self, arguments, after):
        # This SDK tells the server nothing when a caller goes away: users send the notification
        # themselves, with the id that the request had.
        requests = []

        async def noted():
            requests.append(self.session._request_id)
            return await self.call("run_python_code", arguments)

        call = asyncio.create_task(noted())
        done, _ = await asyncio.wait([call], timeout=after)
        if done:
            raise connection.Failure(f"the call had ended before it was cancelled: {call.result()}")
        params = types.CancelledNotificationParams(requestId=requests[0], reason="not wanted any more")
        await self.session.send_notification(types.ClientNotification(types.CancelledNotification(params=params)))
        done, _ = await asyncio.wait([call], timeout=0.5)
        if done:
            raise connection.Failure(f"a call that was cancelled was answered: {call.result()}")
        call.cancel()

    async def read(self, uri):
        return self.wire(await self.session.read_resource(AnyUrl(uri)))["contents"]


@contextlib.asynccontextmanager
async def connect(program, arguments):
    logs = []

    async def on_log(params):
        logs.append((params.level, params.data))

    async with stdio_client(StdioServerParameters(command=program, args=arguments)) as streams:
        async with ClientSession(*streams, logging_callback=on_log) as session:
            yield Connection(session, await session.initialize(), logs)


connection.run(SCENARIOS, connect)
