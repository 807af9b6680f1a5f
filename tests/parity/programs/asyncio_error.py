import asyncio

value = 3


async def fail():
    await asyncio.sleep(0)
    raise RuntimeError(f"inside a task {value}")


asyncio.run(fail())
