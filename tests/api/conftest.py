"""Programs of alice's, who may ask the assistant “pirate”: headers for Django's client, and OpenAI's own client at a served site."""

from __future__ import annotations

from collections.abc import Iterator

import openai as sdk
import pytest
from asgiref.sync import sync_to_async

from conversations.models import User
from tests.support.api import Headers, program_of
from tests.support.client_process import ClientProcess
from tests.support.javascript_clients import javascript_clients
from tests.support.python_clients import python_clients
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.serving import Served, Serving

SETUP = """
from conversations.models import SystemPrompt
SystemPrompt.objects.create(slug="pirate", name="Pirate").publish(text="Talk like a pirate.")
"""


@pytest.fixture
async def program(alice: User, openai: ScriptedOpenAI) -> Headers:
    return await sync_to_async(program_of)(alice)


@pytest.fixture(scope="module")
def served(serve: Serving, lasting_provider: ScriptedOpenAI) -> Served:
    served = serve(lasting_provider.base_url)
    served.run(SETUP)
    return served


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[sdk.OpenAI]:
    with sdk.OpenAI(base_url=f"{served.address}/v1", api_key=served.manage("api_token", "alice").strip(), max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def javascript(served: Served) -> Iterator[ClientProcess]:
    """Clients for JavaScript, at the same served site."""
    with javascript_clients(served.address, served.manage("api_token", "alice").strip()) as clients:
        yield clients


@pytest.fixture(scope="module")
def frameworks(served: Served) -> Iterator[ClientProcess]:
    """LangChain and OpenAI's Agents SDK, at the same served site."""
    with python_clients("frameworks", served.address, served.manage("api_token", "alice").strip()) as clients:
        yield clients


@pytest.fixture(scope="module")
def llama_index(served: Served) -> Iterator[ClientProcess]:
    with python_clients("llama-index", served.address, served.manage("api_token", "alice").strip()) as clients:
        yield clients
