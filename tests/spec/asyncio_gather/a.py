import asyncio
async def square(n):
    await asyncio.sleep(0.01 * (3 - n))
    return n * n
async def main():
    print(await asyncio.gather(*(square(n) for n in range(3))))
asyncio.run(main())
