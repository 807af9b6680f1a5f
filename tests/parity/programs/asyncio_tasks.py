import asyncio

value = 3


async def step(n):
    await asyncio.sleep(0.001 * n)
    return n * value


async def main():
    print(await asyncio.gather(*(step(n) for n in range(4))))
    async with asyncio.Lock():
        print(asyncio.current_task().get_coro().__qualname__)


asyncio.run(main())
