"""One turn of a talk: what the user said, and the answer to it."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from conversations.models.message_content import text_of
from conversations.providers.request import Turn as Said

if TYPE_CHECKING:
    from conversations.generation.reply import Reply
    from conversations.generation.spoken_answer import SpokenAnswer

_REST_OF_WORD = re.compile(r"[^\W\u2e80-\U0003ffff]{0,30}")
"""In scripts of East Asia words have no ends."""


class Turn:
    """`item` is what the provider calls the user's words, `key` names the request for the answer.

    `sound` is how the words sounded, until they are known.
    """

    def __init__(self, item: str, message_id: uuid.UUID, sound: bytes, answer: SpokenAnswer, reply: Reply) -> None:
        self.item, self.message_id, self.sound, self.answer, self.reply = item, message_id, sound, answer, reply
        self.key = f"answer-{reply.id}"
        self.text = ""
        """What was understood so far."""
        self.is_understood = False
        """Whether nothing more is awaited of the session about it."""
        self.response = ""
        """The provider's id of the response that answers it."""
        self.played: dict[str, int] = {}
        """Bytes of sound that were given to the page, by the items that they are of."""
        self._share_heard = 1.0
        self._half = b""
        """Of a sample, whose other half comes with the next piece of sound."""

    @property
    def is_answered(self) -> bool:
        """Whether no more comes of its answer."""
        return self.answer.is_over

    def stop(self) -> None:
        """No more of its answer is wanted. One that ends already, because the server does, ends as it would."""
        if self.answer.is_wanted:
            self.reply.stop()

    def whole_samples(self, sound: bytes) -> bytes:
        """Of the next piece: a page plays each frame by itself, and samples have two bytes."""
        sound = self._half + sound
        whole = len(sound) & ~1
        self._half = sound[whole:]
        return sound[:whole]

    def takes(self, response: str) -> bool:
        """Whether what comes of this response is its answer."""
        return not self.is_answered and (not response or not self.response or response == self.response)

    def interrupted(self, item: str, heard: int) -> bool:
        """Of this item so many bytes were heard, and of those that follow it nothing. Whether that is less than was known before."""
        before = 0
        for one, played in self.played.items():
            if one == item:
                before += min(heard, played)
                break
            before += played
        share, known = before / max(1, sum(self.played.values())), self._share_heard
        self._share_heard = min(known, share)
        return share < known

    @property
    def answer_heard(self) -> str:
        """The words of the answer, up to the one amid which it was interrupted: as much of the text as of the sound."""
        text = text_of(self.reply.output.parts)
        if not (at := round(len(text) * self._share_heard)):
            return ""
        rest = _REST_OF_WORD.match(text, at)
        return text[: rest.end() if rest else at].rstrip()

    @property
    def said(self) -> list[Said]:
        """As a session that follows is told of it."""
        return [said for said in (Said("user", self.text), Said("assistant", self.answer_heard)) if said.text]
