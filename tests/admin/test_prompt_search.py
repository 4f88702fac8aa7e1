"""The list of prompts is searched by names and by what drafts and all versions say."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from conversations.models import SystemPrompt
from tests.support.admin_pages import url, write_draft

pytestmark = pytest.mark.django_db


def test_prompts_are_found_by_drafts_and_by_all_their_versions(signed_in: Client, prompt: SystemPrompt) -> None:
    prompt.publish(text="Zebras are striped.")
    prompt.publish(text="Herons are grey.")
    other = SystemPrompt.objects.create(slug="other", name="Other")
    write_draft(signed_in, other, text="Newts regrow legs.")

    def found(words: str) -> list[str]:
        return [row.slug for row in signed_in.get(url("systemprompt_changelist"), {"q": words}).context["cl"].result_list]

    assert (found("striped"), found("grey"), found("regrow")) == (["assistant"], ["assistant"], ["other"])
    assert found('"are striped" GREY') == ["assistant"]  # one in an older version, the other in the live one
    assert found("striped regrow") == found("unicorns") == found('"striped are"') == []
    assert found("Assistant") == ["assistant"]
    assert found('"') == found("'") == []


@pytest.mark.every_database
def test_it_says_in_which_versions_the_words_are(signed_in: Client, prompt: SystemPrompt) -> None:
    for text in ("Zebras are striped.", "Zebras and herons.", "Herons are <b>grey</b>."):
        prompt.publish(text=text)

    def found(words: str) -> list[str]:
        page = signed_in.get(url("systemprompt_changelist"), {"q": words})
        cell = re.search(r'<td class="field-found_in">(.*?)</td>', page.content.decode())
        assert cell
        return re.findall(r"version \d+|–", cell[1])

    assert (found("zebras"), found("striped"), found('"<b>grey"')) == (["version 3"], ["version 2"], ["version 4"])
    assert found('"A helpful generalist"') == ["–"]  # in its description
    assert found("zebras herons") == ["version 3"]
    assert found("striped grey") == ["version 4", "version 2"]  # none has both
    assert "field-found_in" not in signed_in.get(url("systemprompt_changelist")).content.decode()
