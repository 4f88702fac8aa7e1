"""One attempt: a POST that follows no redirect, takes ten seconds at most and reads the beginning of the answer."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import aiohttp
from django.views.decorators.debug import sensitive_variables

from conversations.models.storable import fitting
from conversations.providers import certificates

from . import addresses
from .answer import Answer

SECONDS = 10.0
"""Less than a job's lease: by the time that another worker may take the job, this one sends nothing any more."""
CONNECT_SECONDS = 5.0
MAX_ANSWER_BYTES = 2000
AGENT = "chatbot-webhooks/1"


class LookupThreads(ThreadPoolExecutor):
    """Where names are looked up. A look-up can't be cancelled, so the end of the event loop doesn't wait for one that hangs."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)


@sensitive_variables("headers")
def post(url: str, headers: dict[str, str], body: bytes) -> Answer:
    start = time.monotonic()
    status, excerpt = None, ""
    try:
        addresses.check(url)  # the setting may have changed since it was entered
    except ValueError as problem:
        return Answer(None, "", str(problem), 0)
    sockets = addresses.JudgedSockets()
    try:
        status, excerpt = asyncio.run(_post(url, headers, body, sockets))
        error = _refusal(status)
    except TimeoutError:
        error = f"No answer came within {SECONDS:.0f} seconds."
    except aiohttp.ClientResponseError as problem:
        error = f"Its answer can’t be read: {' '.join(problem.message.split())}."
    except (aiohttp.ClientError, OSError) as problem:
        error = addresses.PRIVATE if sockets.has_refused else f"It can’t be reached: {_words(problem)}."
    return Answer(status, excerpt, fitting(error, 300), round((time.monotonic() - start) * 1000))


async def _post(url: str, headers: dict[str, str], body: bytes, sockets: addresses.JudgedSockets) -> tuple[int, str]:
    asyncio.get_running_loop().set_default_executor(LookupThreads(max_workers=1))
    trusted = certificates.context() if urlsplit(url).scheme == "https" else True
    connector = aiohttp.TCPConnector(socket_factory=sockets, ssl=trusted, use_dns_cache=False)
    timeout = aiohttp.ClientTimeout(total=SECONDS, connect=CONNECT_SECONDS)
    sent = {**headers, "Content-Type": "application/json", "User-Agent": AGENT, "Accept-Encoding": "identity"}
    async with (
        aiohttp.ClientSession(
            connector=connector, timeout=timeout, auto_decompress=False, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
        ) as session,
        session.post(url, data=body, headers=sent, allow_redirects=False) as response,
    ):
        read = bytearray()
        while len(read) < MAX_ANSWER_BYTES and (part := await response.content.read(MAX_ANSWER_BYTES - len(read))):
            read += part
        response.close()  # not to read the rest
        return response.status, fitting(read.decode("utf-8", "replace"))


def _refusal(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"It answered {status}, a redirect, and these aren’t followed: enter the address that it leads to."
    return f"It answered {status}."


def _words(problem: BaseException) -> str:
    return " ".join(str(problem).split()).rstrip(".") or type(problem).__name__
