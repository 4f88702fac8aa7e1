"""What the user said becomes text: saved once it is known, with what that took."""

from __future__ import annotations

import asyncio
import logging
import struct
import uuid
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from conversations.broadcast.frames import Frame
from conversations.commands import spoken
from conversations.generation import transcription
from conversations.generation.attempt_log import AttemptLog
from conversations.generation.auxiliary_request import record
from conversations.models import OK, AttemptKind, Purpose
from conversations.models.identifiers import new_id
from conversations.models.messages import NOT_UNDERSTOOD
from conversations.providers.errors import ProviderError
from conversations.providers.realtime_events import BYTES_PER_SECOND, RATE
from conversations.providers.recording import Recording
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger import audio_prices
from conversations.usage.ledger.finished_attempt import Subject
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.units import Units, milliseconds

if TYPE_CHECKING:
    from conversations.database_jobs import DatabaseJobs
    from conversations.providers.realtime_events import Heard
    from conversations.routing.routes import Route

log = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 5.0
MOST_SECONDS = 3600.0
"""What was understood is kept so long while the database can't be reached."""

News = list[tuple[uuid.UUID, Frame]]


async def save(database: DatabaseJobs, message_id: uuid.UUID, owner_id: uuid.UUID, text: str, took: AttemptLog) -> News:
    """Write what a message of the user says, and what it took to understand it. Returns what is to be published."""
    then, pause, until = partial(spoken.understood, message_id, owner_id, text or NOT_UNDERSTOOD), 0.2, monotonic() + MOST_SECONDS
    while (news := await record(database, took, Purpose.AUDIO, owner_id, new_id(), then)) is None and monotonic() < until:
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
    return news or []


def took(route: Route, model: str, heard: Heard, message_id: uuid.UUID, characters: int, seconds: float) -> AttemptLog:
    """By the session's provider. It is priced as the model that transcribes, not as the one that answers. `seconds`: of what was said."""
    attempts = AttemptLog(0, None, AttemptKind.TRANSCRIPTS, Subject(for_message=message_id))
    if not model or (heard.input is None and heard.seconds is None):
        return attempts  # the server doesn't tell that it took anything
    tokens, source = Tokens(input=heard.input, output=heard.output, input_audio=heard.audio_input), route.source
    listened = seconds if heard.seconds is None else heard.seconds
    attempts.begin(route)
    units = Units(heard_ms=milliseconds(listened))
    attempts.end(OK, stream=None, error=None, characters=characters, tokens=tokens, estimated=False, units=units)
    done, offer = attempts.done[-1], source.offer(model)
    done.model, done.upstream_model, done.price = offer.name if offer else model, model, offer.price if offer else None
    done.known_cost = audio_prices.cost(tokens, listened, model, source.base_url, source.price_list, done.price)
    return attempts


async def transcribed(sound: bytes, owner_id: uuid.UUID) -> str:
    """What the session didn't transcribe, by the model of dictation; "" where there is none, or it fails."""
    seconds = len(sound) / BYTES_PER_SECOND
    try:
        recording = Recording(_wav(sound), "audio/wav", "talk.wav", seconds)
        return (await transcription.transcribe(recording, owner_id, int(seconds) + 1)).text.strip()
    except (ProviderError, Exceeded) as error:
        log.info("What was said in a talk could not be transcribed: %s", error)
        return ""


def _wav(sound: bytes) -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, BYTES_PER_SECOND, 2, 16)
    return b"".join((b"RIFF", struct.pack("<I", 36 + len(sound)), b"WAVE", form, b"data", struct.pack("<I", len(sound)), sound))
