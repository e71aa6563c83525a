"""A sandbox with the names of mcp-run-python: several programs, their output as it comes, and their results.

PYTHONPATH=build/share/v8py/python python3 examples/sandbox.py
"""

import asyncio

from v8py.compat import code_sandbox


async def main():
    async with code_sandbox(log_handler=print, allow_networking=False) as sandbox:
        for code in ("print('hello from', name)\n6 * 7", "import math\nmath.sqrt(-1)"):
            print(await sandbox.eval(code, {"name": "the sandbox"}))


asyncio.run(main())
