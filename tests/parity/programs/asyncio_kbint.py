import asyncio, signal, os
value = 3
async def main():
    asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGINT)
    try: await asyncio.sleep(5)
    finally: print("cleanup", value)
asyncio.run(main())
