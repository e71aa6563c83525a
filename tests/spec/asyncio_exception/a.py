import asyncio
async def main():
    raise ValueError("in a task")
asyncio.run(main())
