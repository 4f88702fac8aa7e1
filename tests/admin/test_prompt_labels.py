"""Labels point at versions: one click makes an older version live again, other labels are moved on a version's page, all of it is logged."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from conversations.models import LIVE, SystemPrompt, User
from tests.support.admin_pages import logged, prompt_url, staff, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def prompt() -> SystemPrompt:
    """With three versions, the last of which is live."""
    prompt = SystemPrompt.objects.get(slug="assistant")
    prompt.publish(text="Second wording.", note="Shorter")
    prompt.publish(text="Third wording.")
    return prompt


def live(prompt: SystemPrompt) -> int | None:
    prompt.refresh_from_db()
    return prompt.published.number if prompt.published else None


def make_live(client: Client, prompt: SystemPrompt, number: object, opened: object = 3) -> str:
    page = client.post(url("systemprompt_live", prompt.pk), {"number": number, "opened": opened}, follow=True)
    return page.content.decode()


def label(client: Client, prompt: SystemPrompt, number: int, **entries: str) -> str:
    return client.post(url("systemprompt_label", prompt.pk, number), entries, follow=True).content.decode()


def labels(prompt: SystemPrompt) -> dict[str, int]:
    return dict(prompt.labels.values_list("name", "version__number"))


def test_an_older_version_is_live_again_with_one_click_and_no_new_version(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    page = signed_in.get(url("systemprompt_versions", prompt.pk)).content.decode()
    assert page.count("Make live<") == 2
    assert "“live” moved from version 3 to version 1. Conversations follow with their next answer." in make_live(signed_in, prompt, 1)
    assert live(prompt) == 1
    assert prompt.versions.count() == 3
    move = prompt.label_moves.get(by=admin)
    assert (move.name, move.version) == (LIVE, prompt.published)
    assert logged() == ["Moved the label “live” from version 3 to version 1."]


@pytest.mark.parametrize("opened", ["2", "", "4"])
def test_what_became_live_since_the_page_was_opened_is_not_undone(signed_in: Client, prompt: SystemPrompt, opened: str) -> None:
    assert "another version became live in the meantime" in make_live(signed_in, prompt, 1, opened)
    assert live(prompt) == 3
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("number", ["4", "0", "-1", "x", "", "9" * 30, "²"])
def test_a_version_that_is_none_is_not_made_live(signed_in: Client, prompt: SystemPrompt, number: str) -> None:
    response = signed_in.post(url("systemprompt_live", prompt.pk), {"number": number, "opened": "3"})
    assert response.status_code == 404
    assert live(prompt) == 3


def test_a_label_is_set_moved_and_taken_away(signed_in: Client, prompt: SystemPrompt) -> None:
    label(signed_in, prompt, 2, name=" Staging ")
    assert labels(prompt) == {"staging": 2}
    label(signed_in, prompt, 3, name="staging")
    label(signed_in, prompt, 2, name="before_v3.x-1")
    assert labels(prompt) == {"staging": 3, "before_v3.x-1": 2}
    assert "staging" in signed_in.get(url("systemprompt_versions", prompt.pk)).content.decode()
    assert "staging" in signed_in.get(prompt_url(prompt)).content.decode()
    label(signed_in, prompt, 2, name="staging", remove="yes")  # where it isn't
    assert labels(prompt)["staging"] == 3
    label(signed_in, prompt, 3, name="staging", remove="yes")
    assert labels(prompt) == {"before_v3.x-1": 2}
    assert live(prompt) == 3
    assert logged()[0::3] == [
        "Moved the label “staging” from no version to version 2.",
        "Moved the label “staging” from version 3 to no version.",
    ]
    moved = prompt.label_moves.filter(name="staging").order_by("at").values_list("version__number", flat=True)
    assert list(moved) == [2, 3, None]


@pytest.mark.parametrize("name", ["", "two words", "ümlaut", "x" * 37, "a/b", "live"])
def test_a_name_that_is_no_label_is_refused_with_a_sentence(signed_in: Client, prompt: SystemPrompt, name: str) -> None:
    page = label(signed_in, prompt, 1, name=name)
    assert ("Make live" if name == "live" else "small letters a to z, digits") in page
    assert labels(prompt) == {}
    assert live(prompt) == 3


def test_who_may_only_look_sees_labels_and_moves_none(client: Client, prompt: SystemPrompt, bob: User) -> None:
    prompt.point("staging", prompt.versions.get(number=2))
    client.force_login(staff(bob, "view_systemprompt"))
    for page in (url("systemprompt_versions", prompt.pk), url("systemprompt_version", prompt.pk, 2)):
        text = client.get(page).content.decode()
        assert "staging</span>" in text
        assert "Make live" not in text
        assert "Move it here" not in text
    assert client.post(url("systemprompt_live", prompt.pk), {"number": "1", "opened": "3"}).status_code == 403
    assert client.post(url("systemprompt_label", prompt.pk, 1), {"name": "staging"}).status_code == 403
    assert (live(prompt), labels(prompt)) == (3, {"staging": 2})


def test_any_two_versions_are_compared_either_way(signed_in: Client, prompt: SystemPrompt) -> None:
    page = url("systemprompt_compare", prompt.pk)
    there = signed_in.get(page, {"old": 2, "new": 3}).content.decode()
    assert ("<del>Second</del>" in there, "<ins>Third</ins>" in there) == (True, True)
    back = signed_in.get(page, {"old": 3, "new": 2}).content.decode()
    assert ("<del>Third</del>" in back, "<ins>Second</ins>" in back) == (True, True)
    for odd in ("", "?old=1", "?old=1&new=9", "?old=²&new=1", f"?old={'1' * 40}&new=1"):
        assert signed_in.get(page + odd).status_code == 404


def test_versions_are_found_by_their_text_and_note(signed_in: Client, prompt: SystemPrompt) -> None:
    def found(wanted: str) -> list[int]:
        rows = signed_in.get(url("systemprompt_versions", prompt.pk), {"q": wanted}).context["versions"]
        return [row.version.number for row in rows]

    assert found("wording") == [3, 2]
    assert found("SHORTER") == [2]
    assert found("100%") == []
    assert (
        "No version says “nothing like it”"
        in signed_in.get(url("systemprompt_versions", prompt.pk), {"q": "nothing like it"}).content.decode()
    )


def test_the_versions_of_a_prompt_with_many_are_paged(signed_in: Client, prompt: SystemPrompt, django_assert_max_num_queries) -> None:
    for number in range(60):
        prompt.publish(text=f"Wording {number}")
    with django_assert_max_num_queries(14):
        page = signed_in.get(url("systemprompt_versions", prompt.pk))
    assert [page.context["versions"][place].version.number for place in (0, -1)] == [63, 14]
    assert "page 1 of 2" in page.content.decode()
    second = signed_in.get(url("systemprompt_versions", prompt.pk), {"p": 2}).context["versions"]
    assert [second[place].version.number for place in (0, -1)] == [13, 1]
