import asyncio, time
async def main():
    time.sleep(0.05)
    print("slept")
asyncio.run(main())
