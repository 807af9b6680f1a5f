import asyncio, signal, os
value = 3
async def main():
    loop = asyncio.get_running_loop(); ev = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ev.set)
    loop.call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
    await ev.wait(); print("term", value)
    p = await asyncio.create_subprocess_shell("cat; echo err >&2; exit 3", stdin=-1, stdout=-1, stderr=-1)
    print(await p.communicate(b"hello"), p.returncode)
asyncio.run(main(), debug=False)
