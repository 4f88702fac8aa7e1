"""The demo's month: conversations with their messages, and the attempts behind them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from conversations.models import NANO, OK, Attempt, Conversation, Feedback, Message, Purpose, Role, Status, TitleSource, User, text_part

from . import bulk
from .feedback import given
from .people import Cast
from .rhythm import id_at, moments
from .texts import Topic, topics
from .traffic import Request, Traffic

TURNS = 2.1
"""Answers per conversation, about."""
SYSTEM_TOKENS = 1850
STATUSES = {OK: Status.COMPLETE, "stopped": Status.STOPPED, "interrupted": Status.INTERRUPTED}
Rows = list[dict[str, Any]]


class Month:
    def __init__(self, cast: Cast, first: datetime, now: datetime, rng: random.Random) -> None:
        self.cast, self.first, self.now, self.rng = cast, first, now, rng
        self.traffic = Traffic(cast, now, rng)
        self.topics = topics()
        self.weights = [1 / (position + 2) ** 0.8 for position in range(len(cast.users))]

    def write(self, replies: int, *, attempts_only: bool) -> int:
        """Write about that many replies. Returns how many attempts were made for them."""
        if attempts_only:
            return bulk.write(Attempt, ({**row, "reply_id": None} for rows in self._all(replies) for row in rows[2]))
        conversations: Rows = []
        messages: Rows = []
        attempts: Rows = []
        for conversation, its_messages, its_attempts in self._all(replies):
            conversations.append(conversation)
            messages += its_messages
            attempts += its_attempts
        bulk.write(Conversation, conversations)
        bulk.write(Message, messages)
        bulk.write(Feedback, given(messages, self.rng))
        return bulk.write(Attempt, attempts)

    def _all(self, replies: int) -> Iterator[tuple[dict[str, Any], Rows, Rows]]:
        made = 0
        while made < replies:
            starts = moments(max(1, round((replies - made) / TURNS)), self.first, self.now - timedelta(minutes=3), self.rng)
            for start in starts:
                if made >= replies:
                    return
                conversation = self._conversation(start, replies - made)
                made += sum(row["final"] and row["purpose"] == Purpose.ANSWER for row in conversation[2])
                yield conversation

    def _conversation(self, start: datetime, max_replies: int) -> tuple[dict[str, Any], Rows, Rows]:
        rng = self.rng
        owner = rng.choices(self.cast.users, self.weights)[0]
        topic = rng.choice(self.topics)
        published = [version for since, version in self.cast.versions[topic.prompt] if since <= start] or [
            self.cast.versions[topic.prompt][0][1]
        ]
        version = published[-1]
        model = version.model or "gpt-5-mini"
        if rng.random() < 0.08:
            model = "qwen3-32b"
        conversation = {
            "id": id_at(start, rng),
            "owner_id": owner.pk,
            "title": topic.title,
            "title_source": TitleSource.MODEL,
            "prompt_id": version.prompt_id,
            "created": start,
            "pinned": rng.random() < 0.004,
        }
        messages: Rows = []
        attempts: Rows = []
        at, input_tokens, parent = start, SYSTEM_TOKENS, None
        for question, answer in (topic.turns * 2)[: min(max_replies, self._turns(topic))]:
            if at > self.now - timedelta(minutes=2):
                break
            input_tokens += len(question) // 4
            reply = id_at(at + timedelta(milliseconds=5), rng)
            request = Request(at, owner.pk, version.pk, model, input_tokens, max(12, len(answer) // 4), reply)
            made = self.traffic.attempts(request)
            attempts += made
            user = self._question(conversation, owner, parent, at, question)
            messages += [user, self._reply(conversation, user, request, made, answer)]
            input_tokens, parent = input_tokens + len(answer) // 4, reply
            conversation["leaf_id"], conversation["updated"] = reply, made[-1]["recorded"]
            if len(attempts) == len(made):
                attempts += self._title(request, made[-1]["recorded"])
            at = made[-1]["recorded"] + timedelta(seconds=rng.lognormvariate(4.2, 0.8))
        conversation.setdefault("updated", start)
        return conversation, messages, attempts if messages else []

    def _turns(self, topic: Topic) -> int:
        return max(1, min(2 * len(topic.turns), round(self.rng.expovariate(1 / TURNS))))

    def _title(self, request: Request, at: datetime) -> Rows:
        """A title is requested once, after the first answer."""
        title = request._replace(at=at, model="gpt-5-mini", input_tokens=210, output_tokens=9, reply=None, purpose=Purpose.TITLE)
        return self.traffic.attempts(title)[-1:]

    def _question(self, conversation: dict[str, Any], owner: User, parent: Any, at: datetime, text: str) -> dict[str, Any]:
        return {
            "id": id_at(at, self.rng),
            "conversation_id": conversation["id"],
            "owner_id": owner.pk,
            "parent_id": parent,
            "role": Role.USER,
            "parts": [text_part(text)],
            "created": at,
        }

    def _reply(self, conversation: dict[str, Any], user: dict[str, Any], request: Request, attempts: Rows, answer: str) -> dict[str, Any]:
        last = attempts[-1]
        failed = last["outcome"] not in STATUSES
        text = answer if last["outcome"] == OK else answer[: last.get("characters", 0)]
        names = ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens")
        cost = last.get("cost")
        return {
            "id": request.reply,
            "conversation_id": conversation["id"],
            "owner_id": request.owner,
            "parent_id": user["id"],
            "role": Role.ASSISTANT,
            "parts": [text_part(text)] if text else [],
            "status": STATUSES.get(last["outcome"], Status.FAILED),
            "prompt_version_id": request.version,
            "model": last["model"],
            "finish_reason": "stop" if last["outcome"] == OK else "",
            "error_kind": last["outcome"] if failed or last["outcome"] == "interrupted" else "",
            "error_cause": last["cause"],
            "usage": {**{name: last.get(name) for name in names}, "estimated": last.get("estimated", False)},
            "cost": None if cost is None else Decimal(cost) / NANO,
            "created": request.at,
            "started": last["started"],
            "first_token": last["started"] + timedelta(milliseconds=last["first_token_ms"]) if last["first_token_ms"] else None,
            "finished": last["recorded"],
        }
