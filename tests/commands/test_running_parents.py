"""A message follows an answer that is there: while that is being written, it is refused for a matter of seconds."""

from __future__ import annotations

import pytest

from conversations.commands import owned
from conversations.commands.refusals import Refused
from conversations.models import Message, Status, User
from tests.support.talks import Talk

pytestmark = pytest.mark.django_db


def test_what_follows_an_answer_waits_for_its_end(alice: User) -> None:
    """A refusal that isn't brief would end a talk in speech."""
    talk = Talk(alice)
    answer = talk.say("Hi", talk.say("Hello"))
    Message.objects.filter(pk=answer.pk).update(status=Status.STREAMING)
    with pytest.raises(Refused) as refused:
        owned.parent(talk.conversation, answer.pk)
    assert (refused.value.code, refused.value.is_brief) == ("busy", True)
    Message.objects.filter(pk=answer.pk).update(status=Status.COMPLETE)
    assert owned.parent(talk.conversation, answer.pk) == answer
