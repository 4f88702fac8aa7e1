"""A sound that is being made: attempts at one provider after the other, held back from budgets and written to the ledger.

It is made to its end, also where listeners leave: the provider has the whole text and charges for it, and the next listening finds it kept.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from functools import partial
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async

from conversations import storage_threads
from conversations.database_jobs import DatabaseJobs
from conversations.files import stored
from conversations.generation import admission, settlement
from conversations.generation.attempt_log import AttemptLog
from conversations.generation.audio_attempts import Held, first_success
from conversations.models import OK, STOPPED, AttemptKind
from conversations.process_cache import kept
from conversations.providers import errors
from conversations.providers.errors import ProviderError
from conversations.routing import outcomes, speaking
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger import audio_prices
from conversations.usage.ledger.finished_attempt import NO_SUBJECT, Subject
from conversations.usage.ledger.prices import Tokens

from . import kept_sounds
from .claimed import claimed
from .made_sound import MadeSound
from .voices import Voice

if TYPE_CHECKING:
    from conversations.routing.routes import Route

log = logging.getLogger(__name__)

_SENTENCES = {
    "context": "This passage is too long for the model that reads aloud.",
    "content_filter": "The provider’s content filter stopped this passage.",
    "request": "The provider could not read this aloud. If it happens again, tell an administrator.",
    "parameter": "The model that reads aloud did not accept its voice, or how it is to speak. Please tell an administrator.",
    "model": "No model reads aloud right now. Please tell an administrator.",
    "interrupted": "The connection to the provider was lost. Try again.",
}


def sentence(error: ProviderError) -> str:
    """What the user is told of it."""
    return errors.sentence(error.kind, _SENTENCES)


_running: dict[tuple[uuid.UUID, str], tuple[MadeSound, asyncio.Task[None]]] = kept({})
"""By the user who pays for it, and its key."""


def running(owner_id: uuid.UUID, key: str) -> MadeSound | None:
    """The sound, where this process makes it just now."""
    found = _running.get((owner_id, key))
    return found[0] if found else None


def make(voice: Voice, text: str, owner_id: uuid.UUID, subject: Subject = NO_SUBJECT) -> MadeSound:
    """Have it made, unless it is being made already. `subject`: of which passage it is."""
    place = owner_id, voice.key(text)
    if (found := _running.get(place)) is not None:
        return found[0]
    sound = MadeSound()
    task = asyncio.create_task(_make(sound, voice, text, owner_id, subject))
    _running[place] = sound, task
    task.add_done_callback(lambda _: _running.pop(place, None))
    return sound


async def _make(sound: MadeSound, voice: Voice, text: str, owner_id: uuid.UUID, subject: Subject) -> None:
    failure: ProviderError | Exceeded | None = ProviderError("interrupted", "This process ends.")
    key = voice.key(text)
    try:
        async with claimed(key):
            if not await _take_kept(sound, key):
                await _ask(sound, voice, text, owner_id, subject)
                await _keep(sound, key)
        failure = None
    except (ProviderError, Exceeded) as error:
        failure = error
    except Exception:
        log.exception("A text could not be read aloud")
        failure = ProviderError("internal", "")
    finally:
        sound.end(failure)


async def _take_kept(sound: MadeSound, key: str) -> bool:
    """Whether it was made meanwhile."""
    if (kept := await database_sync_to_async(kept_sounds.find)(key)) is None:
        return False
    try:
        content = await storage_threads.run(kept_sounds.content_of, kept)
    except OSError:  # it is made again
        await database_sync_to_async(kept.delete)()
        return False
    sound.begin(kept.content_type)
    sound.add(content)
    return True


async def _keep(sound: MadeSound, key: str) -> None:
    try:
        name = await storage_threads.run(stored.put, bytes(sound.content))
        await database_sync_to_async(kept_sounds.keep)(key, name, len(sound.content), sound.media_type)
    except Exception as error:  # noqa: BLE001  (each storage has errors of its own; it is heard all the same)
        log.warning("A sound could not be kept: %s", error)


async def _ask(sound: MadeSound, voice: Voice, text: str, owner_id: uuid.UUID, subject: Subject) -> None:
    database = DatabaseJobs()
    reserve = partial(admission.reserve_speech, voice.model, text, voice.instructions, owner_id)
    abandon = partial(settlement.settle_auxiliary, owner_id=owner_id, attempts=[], is_noted=True)
    held_id = await database.do_for_caller(reserve, abandon)
    held, attempt = Held(database, owner_id, held_id), partial(_attempt, sound, voice, text)
    await first_success(
        voice.model,
        speaking.has,
        held,
        attempt,
        kind=AttemptKind.SPEECH,
        subject=subject,
        may_go_on=lambda: not sound.was_heard,
    )


async def _attempt(sound: MadeSound, voice: Voice, text: str, attempts: AttemptLog, route: Route) -> None:
    """One request. Raises ProviderError. What broke off after its beginning is charged for as a whole, for so it was asked."""
    from conversations.providers.speech import speak  # here, for the SDK takes long to load; see `serve`

    assert route.endpoint is not None  # of the built-in model, which doesn't speak
    tokens = audio_prices.spoken(text, voice.instructions)
    attempts.begin(route)
    request_id, was_made, outcome, failure = "", False, STOPPED, None
    try:
        made = await speak(route.endpoint, voice.utterance(text))
        was_made, request_id = True, made.request_id or ""
        sound.begin(made.media_type)
        async for piece in made.pieces:
            attempts.token_came()
            sound.add(piece)
        outcome = OK
    except ProviderError as error:
        outcome, failure = error.kind, error
        raise
    finally:
        took = was_made or outcome == STOPPED
        count = len(text) if was_made else 0
        taken = {"tokens": tokens, "units": audio_prices.units_spoken(text)} if took else {"tokens": Tokens()}
        attempts.end(outcome, stream=None, error=failure, characters=count, estimated=took, **taken)
        done, source, offer = attempts.done[-1], route.source, route.offer
        done.request_id = done.request_id or request_id
        if took:
            place = offer.upstream, source.base_url, source.price_list, offer.price
            done.known_cost = audio_prices.cost_of_speech(text, tokens, *place)
        if outcome == OK:
            outcomes.succeeded(route)
        elif outcome == STOPPED:
            outcomes.released(route)
