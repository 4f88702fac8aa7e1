"""The text of what a user said: attempts at one provider after the other, held back from budgets and written to the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from conversations.database_jobs import DatabaseJobs
from conversations.models import OK, STOPPED, AttemptKind
from conversations.providers import errors
from conversations.providers.errors import ProviderError
from conversations.routing import outcomes, transcribing
from conversations.usage.ledger import audio_prices
from conversations.usage.ledger.finished_attempt import Subject
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.units import Units, milliseconds

from . import admission, settlement
from .attempt_log import AttemptLog
from .audio_attempts import Held, first_success

if TYPE_CHECKING:
    from conversations.providers.recording import Recording
    from conversations.providers.transcript import Transcript
    from conversations.routing.routes import Route

BYTES_PER_SECOND = 2_500
"""Of what browsers record. Other recordings have more, so that what was stopped is rather estimated as too long."""
LEAST_BYTES_PER_SECOND = 750
"""Of speech in any usual encoding: so a recording's size says how long it is at most."""
_SENTENCES = {
    "context": "This recording is too long for the model that transcribes. Dictate it in shorter parts.",
    "content_filter": "The provider’s content filter stopped this recording.",
    "request": "The provider could not read this recording. Record it again; if it happens again, tell an administrator.",
    "parameter": "The model that transcribes did not accept the request. Please tell an administrator.",
    "model": "No model transcribes speech right now. Please tell an administrator.",
    "interrupted": "The connection to the provider was lost. Try again.",
}


def sentence(error: ProviderError) -> str:
    """What the user is told of it."""
    return errors.sentence(error.kind, _SENTENCES)


def longest_seconds(size: int) -> int:
    """How long a recording of so many bytes may be."""
    return size // LEAST_BYTES_PER_SECOND + 1


async def transcribe(
    recording: Recording,
    owner_id: uuid.UUID,
    most_seconds: int,
    keep: Callable[[Transcript], object] = lambda transcript: None,
    file_id: uuid.UUID | None = None,
) -> Transcript:
    """Its text is empty where nothing was understood. `most_seconds`: how long the recording may be; `file_id`: which file it is of.

    `keep` is synchronous, and called in the transaction that writes the attempts into the ledger.

    Raises ProviderError, and Exceeded where no budget has room for it. What is cancelled is in the ledger as stopped.
    """
    database = DatabaseJobs()
    begin, abandon = partial(_begin, owner_id, most_seconds), partial(_abandon, owner_id)
    model, held_id = await database.do_for_caller(begin, abandon)
    held = Held(database, owner_id, held_id)
    attempt, subject = partial(_attempt, recording), Subject(for_file=file_id)
    return await first_success(model, transcribing.has, held, attempt, kind=AttemptKind.TRANSCRIPTS, subject=subject, keep=keep)


def _begin(owner_id: uuid.UUID, most_seconds: int) -> tuple[str, uuid.UUID]:
    """The model, and by what its reservation is settled."""
    if not (model := transcribing.model()):
        raise ProviderError("model", "No model transcribes.")
    return model, admission.reserve_audio(model, most_seconds, owner_id)


def _abandon(owner_id: uuid.UUID, begun: tuple[str, uuid.UUID]) -> None:
    """Nothing was asked."""
    settlement.settle_auxiliary(begun[1], owner_id, [], is_noted=True)


async def _attempt(recording: Recording, attempts: AttemptLog, route: Route) -> Transcript:
    """One request. Raises ProviderError."""
    from conversations.providers.transcription import transcribe  # here, for the SDK takes long to load; see `serve`

    assert route.endpoint is not None  # of the built-in model, which transcribes nothing
    attempts.begin(route)
    end = partial(attempts.end, stream=None, estimated=False)
    try:
        transcript = await transcribe(route.endpoint, recording)
    except ProviderError as error:
        end(error.kind, error=error, characters=0, tokens=Tokens())
        raise
    except BaseException:  # the provider may go on with what it has, and charge for it
        seconds = int(recording.seconds) or len(recording.content) // BYTES_PER_SECOND
        heard = audio_prices.heard(seconds)
        attempts.end(STOPPED, stream=None, estimated=True, error=None, characters=0, tokens=heard, units=Units(heard_ms=1000 * seconds))
        outcomes.released(route)
        raise
    tokens = Tokens(input=transcript.input_tokens, output=transcript.output_tokens, input_audio=transcript.audio_tokens)
    heard_seconds = _seconds(recording, transcript)
    end(OK, error=None, characters=len(transcript.text), tokens=tokens, units=Units(heard_ms=milliseconds(heard_seconds)))
    done, source, offer = attempts.done[-1], route.source, route.offer
    done.request_id = done.request_id or transcript.request_id or ""
    done.known_cost = audio_prices.cost(tokens, heard_seconds, offer.upstream, source.base_url, source.price_list, offer.price)
    outcomes.succeeded(route)
    return transcript


def _seconds(recording: Recording, transcript: Transcript) -> float | None:
    """Of sound, as far as it is known: told by the server, by the recording, or by the tokens that were counted."""
    if transcript.seconds is not None:
        return transcript.seconds
    if recording.seconds:
        return recording.seconds
    counted = transcript.audio_tokens or transcript.input_tokens
    return None if counted is None else counted / audio_prices.TOKENS_PER_SECOND
