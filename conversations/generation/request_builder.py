"""Builds the request to a provider for one reply. Synchronous; reads the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from conversations.generation.continuation.seam import ends_in_text
from conversations.models import Message, switches
from conversations.models.message_content import shows_images
from conversations.models.messages import ASKED
from conversations.providers.endpoint import Endpoint
from conversations.providers.request import Request, Turn
from conversations.providers.tools import Tools
from conversations.rendering import told
from conversations.routing import sight
from conversations.routing.sources import Offer
from conversations.usage.ledger.token_estimate import tokens_read
from conversations.usage.limits import in_force

from . import asked_by_program, attached, drawing, history, pictures
from .left_out import LeftOut
from .whole_files import Takes

BOUND = "max_output_tokens"
SAMPLING = ("temperature", "top_p")


class PreparedRequest(NamedTuple):
    request: Request
    prompt_tokens: int
    """Estimated."""
    max_answer_tokens: int | None
    """After which we end the answer: a budget needs a bound, and this model doesn't take one."""
    note: str = ""
    """What the user is told of files that the model isn't given."""
    files: int = 0
    """That it is given, as they are or as their text, and how many pages they have together."""
    pages: int = 0


class Given(NamedTuple):
    """What is asked where no conversation holds it."""

    system: str
    turns: Sequence[Turn]
    cache_key: str
    """The same where requests begin with the same text."""
    examples: Sequence[Mapping[str, str]] = ()
    output_schema: Mapping[str, Any] | None = None
    tools: Tools | None = None
    as_they_are: bool = False
    """All turns are sent, in their order and whatever their roles are; what doesn't fit is for the provider to refuse."""

    @property
    def shows_images(self) -> bool:
        return any(file.kind == "image" for turn in self.turns for file in turn.files)


def prepare(reply: Message, endpoint: Endpoint, offer: Offer, given: Given | None = None) -> PreparedRequest:
    """The request to this endpoint for a reply. One that has begun is to be continued."""
    if given is None and (wish := pictures.wish(reply)) is not None:
        asked = pictures.request(reply, endpoint, wish)
        return PreparedRequest(asked, pictures.prompt_tokens(asked.turns[-1]), None)
    left_out = LeftOut()
    request, prompt = request_for(reply, endpoint, offer, given, left_out)
    is_left_out = BOUND in reply.parameters and BOUND not in request.parameters
    bound = reply.parameters[BOUND] if is_left_out and in_force.has_budgets() else None
    files = sum(len(turn.files) for turn in given.turns) if given is not None else left_out.files
    return PreparedRequest(request, prompt, bound, left_out.note, files, left_out.pages)


def request_for(reply: Message, endpoint: Endpoint, offer: Offer, given: Given | None, left_out: LeftOut) -> tuple[Request, int]:
    """The request, and the estimated tokens of its prompt. A reply that has begun is to be continued."""
    version = reply.prompt_version
    system, examples = (given.system, given.examples) if given else told.told(reply)
    model = endpoint.model
    parameters = reply.parameters
    if parameters:
        refused = {ASKED, *endpoint.rejected, *(SAMPLING if offer.takes_temperature is False else ())}
        parameters = {name: value for name, value in parameters.items() if name not in refused}
    before = [Turn("user" if one["role"] == "user" else "assistant", one["text"]) for one in examples]
    room = history.room_for_turns(endpoint.context_window, system, parameters.get("max_output_tokens"))
    if before:
        room -= sum(tokens_read(turn.text) for turn in before)
    prefix = history.said(reply, room) if endpoint.resume == "prefix" and ends_in_text(reply.parts) else ""
    off = tuple(switches.off(version.prompt if version else None)) if given is None else ()
    sees, documents = _takes_images(reply, endpoint, offer), bool(offer.takes_documents)
    takes = Takes(images=sees, documents=documents, sound=offer.takes_sound, models=(model,), off=off, **_sent(endpoint))
    if given and given.as_they_are:
        turns = [*given.turns, *(() if prefix else history.continued(reply, room))]
    else:
        turns = history.turns(reply, room, prefix=bool(prefix), given=given.turns if given else None, takes=takes, left_out=left_out)
    request = Request(
        model=model,
        system=system,
        turns=[*before, *turns] if before else turns,
        parameters=parameters,
        user=str(reply.owner_id),
        cache_key=given.cache_key if given else str(version.pk if version else reply.conversation_id),
        prefix=prefix,
        output_schema=given.output_schema if given else asked_by_program.output_schema(reply),
        tools=given.tools if given else asked_by_program.functions(reply),
        drawing=drawing.of(reply, endpoint, offer) if given is None else None,
        about=_about(reply, given) if endpoint.header_templates else {},
    )
    texts = (system, prefix, request.tools.text if request.tools else "")
    return request, sum(tokens_read(text) for text in texts if text) + sum(attached.tokens(turn) for turn in request.turns)


def _sent(endpoint: Endpoint) -> dict[str, Any]:
    """Chat Completions takes addresses of images alone."""
    return {"sent_as": endpoint.files_as, "addressed": ("image", "document") if endpoint.api == "responses" else ("image",)}


def _about(reply: Message, given: Given | None) -> dict[str, str]:
    """What headers of a gateway may name. A trial has no conversation, and its wording may be no version's."""
    version = reply.prompt_version
    about = {"conversation": "" if given else str(reply.conversation_id)}
    return {**about, "prompt": version.prompt.slug, "version": str(version.number)} if version else about


def _takes_images(reply: Message, endpoint: Endpoint, offer: Offer) -> bool:
    """Where that is unknown, the provider is asked about the images of the question itself; about older ones only until it refuses them."""
    return not sight.is_blind(offer) and (not sight.has_refused(endpoint) or shows_images(reply.parent))
