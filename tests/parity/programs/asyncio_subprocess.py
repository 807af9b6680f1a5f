import asyncio
import sys

value = 3


async def main():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"print({value})", stdout=asyncio.subprocess.PIPE
    )
    print(await process.communicate(), process.returncode)


asyncio.run(main())
