"""pydantic-ai: an agent whose model is a function that calls one tool, and looks at what a model is shown.

A result that is text only is shown as its structured content, one with links or images as a list of
its blocks, and an error as text, or as the structured content in JSON, with the outcome "retried".
"""

import base64
import contextlib
import json

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPError, MCPToolset
from pydantic_ai.messages import BinaryContent, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.models.test import TestModel

import connection
from connection import Answer, same
from scenarios import SCENARIOS


def content_of(part):
    """A resource in the form that it had."""
    if isinstance(part, str):
        return {"text": part}
    return {"mimeType": part.media_type, "blob": base64.b64encode(part.data).decode()}


def answer_of(part):
    if part.outcome != "success":
        try:
            return Answer(structured=json.loads(part.content), is_error=True)
        except ValueError:
            return Answer(text=part.content, is_error=True)
    if isinstance(part.content, dict):
        return Answer(structured=part.content)
    blocks = part.content if isinstance(part.content, list) else [part.content]
    links = [block for block in blocks if isinstance(block, str) and block.startswith("v8py://")]
    binary = [block for block in blocks if isinstance(block, BinaryContent)]
    return Answer(
        text="\n".join(block for block in blocks if isinstance(block, str) and block not in links),
        images=[(block.media_type, block.data) for block in binary if block.is_image],
        links=[{"uri": link} for link in links],
        resources=[content_of(block) for block in binary if not block.is_image])


class Connection(connection.Connection):
    protocol = "2026-07-28"
    protocol_error = MCPError
    hands_on_both = False
    cannot = {"silence": "it asks for logs with each request",
              "protocol errors": "the agent itself knows that there is no such tool"}

    def __init__(self, toolset, logs, listeners):
        super().__init__(logs)
        self.toolset = toolset
        self.listeners = listeners

    async def version(self):
        return self.toolset.server_info.name, self.toolset.client.protocol_version

    async def tools(self):
        return [self.wire(tool) for tool in await self.toolset.list_tools()]

    async def call(self, name, arguments, on_progress=None):
        shown = []

        def model(messages, info):
            parts = [part for part in messages[-1].parts if isinstance(part, ToolReturnPart)]
            shown.extend(parts)
            return ModelResponse([TextPart("done") if parts else ToolCallPart(name, arguments)])

        if on_progress:
            self.listeners.append(on_progress)
        await Agent(FunctionModel(model), toolsets=[self.toolset]).run("call it")
        if on_progress:
            self.listeners.remove(on_progress)
        (part,) = shown
        return answer_of(part)

    async def read(self, uri):
        contents = await self.toolset.read_resource(uri)
        return [content_of(content) for content in (contents if isinstance(contents, list) else [contents])]

    async def resources(self):
        return [{"uri": resource.uri} for resource in await self.toolset.list_resources()]

    async def listen(self, level):
        pass  # there is no such setting


async def test_model(client):
    names = ["start_session", "list_sessions", "list_packages"]
    agent = Agent(TestModel(call_tools=names), toolsets=[client.toolset])
    result = await agent.run("look around")
    returned = [part for message in result.all_messages() for part in message.parts if isinstance(part, ToolReturnPart)]
    same("what was called", [part.tool_name for part in returned], names)
    same("the kinds of the results", [type(part.content) for part in returned], [dict] * 3)


@contextlib.asynccontextmanager
async def connect(program, arguments):
    logs, listeners = [], []

    async def on_log(message):
        logs.append((message.level, message.data))

    async def on_progress(progress, total, message):
        for listener in listeners:
            listener(progress, message)

    # By default the server outlives the client.
    transport = StdioTransport(program, arguments, keep_alive=False)
    toolset = MCPToolset(transport, log_handler=on_log, progress_handler=on_progress, cache_resources=False)
    async with toolset:
        yield Connection(toolset, logs, listeners)


connection.run([*SCENARIOS, ("TestModel finds tools and calls them", "", test_model)], connect)
