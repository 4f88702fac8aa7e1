"""Transcripts of uploaded recordings and videos: a job has them made piece by piece, and keeps each, so that none is asked for twice."""

from __future__ import annotations

import asyncio
import uuid
from functools import partial
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async
from django.db import DatabaseError

from conversations.files.contents import refuse
from conversations.files.reading.bounds import MAX_CHARACTERS
from conversations.files.reading.result import Unreadable
from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import Lane, task
from conversations.models import File, FileKind, FileState
from conversations.models.storable import fitting
from conversations.providers import errors
from conversations.providers.errors import ProviderError
from conversations.routing import transcribing
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger.token_estimate import tokens_read

from . import job_loop, recording_pieces, transcription
from .recording_pieces import Piece
from .time_marks import marked

if TYPE_CHECKING:
    from conversations.providers.transcript import Transcript

LOOK_SECONDS = 1.0
"""How often it is looked whether the file is still wanted."""
UNTRANSCRIBED_NOW = "This recording could not be transcribed just now. Try again."
DELETED = "It was deleted meanwhile."
NOTHING_SAID = "No words were understood in it."
CUT = f"Only the first {MAX_CHARACTERS:,} characters of its transcript are kept."
_SENTENCES = {
    "context": "This recording is too long for the model that transcribes: most take 25 minutes at once. Cut it into shorter ones.",
    "request": "The provider could not read this recording. It may be damaged, or longer than the 25 minutes that most models take.",
    "model": "No model here transcribes recordings. Ask an administrator for one.",
    "unavailable": "No model here transcribes recordings. Ask an administrator for one.",
    "parameter": "The model that transcribes did not accept the request. Ask an administrator.",
    "content_filter": "The provider’s content filter stopped this recording.",
    "interrupted": "The connection to the provider was lost. Try again.",
}


def leave_untranscribed(*, file: str) -> None:
    _leave(file, UNTRANSCRIBED_NOW)


def transcribe_again(*, file: str) -> None:
    """What was left without a transcript, or with a part of it."""
    File.objects.filter(pk=file, kind=FileKind.AUDIO, state=FileState.NO_TEXT).update(state=FileState.READING, problem="")


@task(
    title="Transcribe an uploaded recording",
    takes_context=True,
    lane=Lane.WAITED_FOR,
    given_up=leave_untranscribed,
    run_again=transcribe_again,
)
def transcribe_file(context: TaskContext, *, file: str) -> str:
    """Of a recording whose state is “being read”. It goes on where it broke off."""
    found = File.objects.filter(pk=file, state=FileState.READING, kind=FileKind.AUDIO).first()
    if found is None:
        return "It was transcribed already, or deleted."
    try:
        if not transcribing.model():
            raise ProviderError("model")
        return asyncio.run(_transcribe(context, found, recording_pieces.of(found)))
    except Unreadable as error:
        refuse(found, str(error))
        return "No sound can be read in it."
    except Exceeded as exceeded:
        return _leave(file, exceeded.detail)
    except ProviderError as error:
        return _leave(file, errors.sentence(error.kind, _SENTENCES))


def _leave(file: str, problem: str) -> str:
    """It is kept with what there is of its transcript, and can be tried again."""
    File.objects.filter(pk=file, kind=FileKind.AUDIO, state=FileState.READING).update(state=FileState.NO_TEXT, problem=problem)
    return f"It was not transcribed: {problem}"


async def _transcribe(context: TaskContext, found: File, pieces: list[Piece]) -> str:
    """On an event loop of its own, whose database connection is its own, too. Raises ProviderError, Exceeded, and Stopped of the job."""
    async with job_loop.entered():
        asking = asyncio.create_task(_ask_all(found.pk, found.owner_id, pieces))
        try:
            while not asking.done():
                await asyncio.wait({asking}, timeout=LOOK_SECONDS)
                if (done := await database_sync_to_async(_transcribed_ms)(found.pk)) is None:
                    return DELETED
                context.progress(done // 1000, int(pieces[-1].ends))
            return await asking
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


async def _ask_all(file_id: uuid.UUID, owner_id: uuid.UUID, pieces: list[Piece]) -> str:
    for piece in pieces:
        done = await database_sync_to_async(_transcribed_ms)(file_id)
        if done is None:
            return DELETED
        if done < _ms(piece.ends):
            keep = partial(_keep, file_id, done, piece)
            await transcription.transcribe(piece.recording, owner_id, piece.most_seconds, keep, file_id)
            if await database_sync_to_async(_transcribed_ms)(file_id) == done:
                raise DatabaseError("A transcript could not be saved.")
    return await database_sync_to_async(_finish)(file_id, pieces)


def _keep(file_id: uuid.UUID, done: int, piece: Piece, transcript: Transcript) -> None:
    """What was said in this piece, behind what was said before."""
    wanted = File.objects.filter(pk=file_id, state=FileState.READING, transcribed_ms=done)
    before = wanted.values_list("text", flat=True).first()
    if before is not None:
        said = marked(transcript, piece.begins, piece.is_alone)
        text = fitting("\n".join(filter(None, (before, said))))[: MAX_CHARACTERS + 1]
        wanted.update(text=text, transcribed_ms=_ms(piece.ends))


def _finish(file_id: uuid.UUID, pieces: list[Piece]) -> str:
    """The transcript is whole."""
    found = File.objects.filter(pk=file_id, state=FileState.READING).first()
    if found is None:
        return DELETED
    text, problem = found.text[:MAX_CHARACTERS], CUT if len(found.text) > MAX_CHARACTERS else ""
    seconds = found.seconds or pieces[-1].seconds
    fields = {"text": text, "tokens": tokens_read(text), "problem": problem if text else NOTHING_SAID, "seconds": seconds}
    File.objects.filter(pk=file_id, state=FileState.READING).update(state=FileState.READY, **fields)
    return "It was transcribed."


def _transcribed_ms(file_id: uuid.UUID) -> int | None:
    """How far its transcript goes; None where it was deleted."""
    return File.objects.filter(pk=file_id).values_list("transcribed_ms", flat=True).first()


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
