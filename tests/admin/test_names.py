"""Names of prompts and providers with characters that turn the page around them are refused, with what to do; others may be in any script."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.models import Provider, SystemPrompt
from tests.support.admin_pages import submit, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed_in")]
FORMS = [
    ("provider", Provider, {"base_url": "http://127.0.0.1:1/v1"}),
    ("systemprompt", SystemPrompt, {"slug": "house", "text": "Be kind."}),
]


@pytest.mark.parametrize("character", ["\u202a", "\u202e", "\u2066", "\u2069"])
@pytest.mark.parametrize(("kind", "model", "entered"), FORMS)
def test_a_name_that_turns_the_page_is_refused(
    client: Client, kind: str, model: type[Provider | SystemPrompt], entered: dict[str, str], character: str
) -> None:
    before = model._default_manager.count()
    refused = submit(client, url(f"{kind}_add"), f"{kind}_form", name=f"Ho{character}use", **entered)
    said = f"behind “Ho” that isn’t seen and turns the words around it (U+{ord(character):04X}). Delete it, or type the name again"
    assert said in str(refused.context["errors"]) and model._default_manager.count() == before


@pytest.mark.parametrize(("kind", "model", "entered"), FORMS)
def test_a_name_in_hebrew_is_taken(client: Client, kind: str, model: type[Provider | SystemPrompt], entered: dict[str, str]) -> None:
    submit(client, url(f"{kind}_add"), f"{kind}_form", name="בית House", **entered)
    assert model._default_manager.filter(name="בית House").exists()
