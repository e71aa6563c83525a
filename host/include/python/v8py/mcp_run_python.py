"""The command line of mcp-run-python, done by `v8py mcp`: `mcp-run-python`, or `python3 -m v8py.mcp_run_python`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from . import __version__
from .mcp_server import McpServer, ServerError
from .program import find_program, server_words

_EXAMPLE = """
import numpy
a = numpy.arange(1, 4)
print('an array:', a)
a
"""


async def _run_example(words: Sequence[str]) -> bool:
    def log(level: str, line: str) -> None:
        print(f"{level}: {line}", file=sys.stderr)

    async with McpServer([find_program(), *words], log) as server:
        arguments = {"python_code": _EXAMPLE}
        result = await server.request("tools/call", name="run_python_code", arguments=arguments)
    print("Tool return value:")
    print(result["content"][0]["text"])
    return not result.get("isError")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="mcp-run-python", description="An MCP server that runs untrusted Python, as v8py mcp does."
    )
    parser.add_argument("--port", type=int, help="of the HTTP modes (default 3001)")
    parser.add_argument("--deps", "--dependencies", help="packages, separated by commas: numpy,pandas")
    parser.add_argument("--disable-networking", action="store_true", help="the code reaches no network")
    parser.add_argument("--verbose", action="store_true", help="log what happens on standard error")
    parser.add_argument("--version", action="version", version=f"mcp-run-python (v8py {__version__})")
    parser.add_argument("mode", choices=["stdio", "streamable-http", "streamable-http-stateless", "example"])
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    mode = "stdio" if options.mode == "example" else options.mode
    try:
        words = server_words(
            mode, dependencies=[options.deps] if options.deps else None,
            allow_networking=not options.disable_networking, http_port=options.port,
        )
        words += ["--verbose"] if options.verbose else []
        if options.mode == "example":
            sys.exit(0 if asyncio.run(_run_example(words)) else 1)
        program = find_program()
        os.execv(program, [program, *words])
    except (OSError, ValueError, ServerError) as error:
        sys.exit(f"mcp-run-python: {error}")


if __name__ == "__main__":
    main()
