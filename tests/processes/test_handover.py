"""What a process left behind of a reply tells the next one whether the provider goes on with it."""

from typing import Any

import pytest

from conversations.processes import handover
from conversations.routing import catalog

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]


def test_an_answer_that_an_earlier_release_began_in_the_background_goes_on(settings: Any) -> None:
    """In a rolling restart: what the old processes stored doesn't say which provider it was. There was only one."""
    settings.OPENAI_API_KEY, settings.OPENAI_API, settings.OPENAI_RESUME = "sk-test-0123456789", "responses", "background"
    settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = "http://127.0.0.1:1/v1", "scripted-model"
    catalog.forget()
    stored = {"response": "resp_1", "after": 3, "place": None, "halves": {}}
    assert handover.is_possible([{"type": "text", "text": "One"}], stored, "", catalog.read())
