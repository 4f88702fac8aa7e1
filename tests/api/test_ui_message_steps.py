"""The steps of an AI SDK message are found in the conversation, those of its token alone."""

from __future__ import annotations

import pytest

from conversations.api.ui_messages import steps
from conversations.models import ApiToken, Message, Role, User, function_parts
from tests.support.api import token_of
from tests.support.talks import Talk

pytestmark = pytest.mark.django_db


def test_they_follow_each_other_by_calls_and_results(alice: User) -> None:
    talk, (_, mine), (_, another) = Talk(alice), token_of(alice), token_of(alice)

    def said(role: Role, parent: Message, token: ApiToken | None, *parts: function_parts.Part) -> Message:
        of = {"conversation": talk.conversation, "owner": alice, "parent": parent, "role": role, "token": token}
        return Message.objects.create(**of, parts=[{"type": "text", "text": "Hm."}, *parts])

    def answer(parent: Message, token: ApiToken | None, *calls: str) -> Message:
        return said(Role.ASSISTANT, parent, token, *(function_parts.call(key, "weather", "{}") for key in calls))

    def results(parent: Message, *calls: str) -> Message:
        return said(Role.USER, parent, None, *(function_parts.result(key, "weather", "21") for key in calls))

    first = answer(talk.say("Warm?"), mine, "a")
    answer(given := results(first, "a"), mine)
    second = answer(given, mine, "b", "c")  # again
    third = answer(results(second, "b", "c"), mine)
    answer(talk.say("Never mind", first), mine)
    answer(talk.say("And wet?", third), mine)
    others = [answer(given, another), answer(given, None)]  # such as in the page
    whole = [first, second, third]
    assert [steps.after(one) for one in whole] == [whole, whole[1:], whole[2:]]
    assert [steps.before(one) for one in whole] == [[], whole[:1], whole[:2]]
    assert [steps.before(one) for one in others] == [[], []]
    assert [steps.calling(whole, calls) for calls in (["a"], ["c"], ["a", "b"], ["d"])] == [first, second, second, third]
    later = answer(results(first, "a"), mine)
    assert steps.after(first) == [first, later]
