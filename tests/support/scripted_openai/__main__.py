"""Runs the scripted server from the command line."""

import argparse
import asyncio
import contextlib

from .server import ScriptedOpenAI


async def _serve(port: int, interval: float) -> None:
    async with ScriptedOpenAI(port, interval=interval) as server:
        print(f"OPENAI_BASE_URL={server.base_url}", flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Answers with an echo of what is asked.")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--interval", type=float, default=0.02, help="seconds between words")
    arguments = options.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(arguments.port, arguments.interval))
