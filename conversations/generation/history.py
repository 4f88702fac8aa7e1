"""What the model is given: the system prompt and the conversation's path, trimmed to the window. Synchronous; reads the database."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence

from conversations.generation.continuation.repetition import quotation
from conversations.models import Message, Role, Tree, parent_links
from conversations.providers.request import Turn, TurnFile
from conversations.usage.ledger.token_estimate import BYTES_PER_TOKEN, tokens_read

from . import attached, called
from .attached import Room, Said
from .left_out import LeftOut
from .whole_files import SEES, Takes

CONTINUE_INSTRUCTION = (
    "Your last message broke off. Go on from exactly where it stops. Begin by repeating its last words, exactly these:\n\n"
    "{quotation}\n\n"
    "After them go straight on with what comes next. Repeat nothing else, do not greet, do not comment, and use no quotation marks for it."
)
MESSAGES_PER_QUERY = 20


def said(message: Message, room: int | None = None) -> str:
    """What the message says so far, to be continued: only its end where it takes more than half of `room` tokens."""
    text = message.answer
    return text if room is None else text[-max(room * BYTES_PER_TOKEN // 2, 400) :]


def continue_instruction(text: str) -> str:
    """The request to continue, for a model that can't be given the beginning of its answer. `continuation.Seam` joins what it then says."""
    return CONTINUE_INSTRUCTION.format(quotation=quotation(text))


def turns(
    reply: Message,
    room: int,
    *,
    prefix: bool = False,
    given: Sequence[Turn] | None = None,
    takes: Takes = SEES,
    left_out: LeftOut | None = None,
) -> list[Turn]:
    """The latest of the path up to the question that `reply` answers, as much as fits into `room` tokens.

    Where the reply is to be continued, its output so far follows, shortened from its beginning if need be, and the instruction to
    continue; with `prefix` neither does, for the provider gets what was `said` in a way of its own, and only room for it is kept.
    The question always stays, with what called for it where it holds results of functions, and the first turn is the user's.
    `given`: the path, of a reply that is in no conversation.
    `takes`: which files the model is given as they are; what it isn't given of them is noted in `left_out`.
    """
    ending = continued(reply, room)
    room -= sum(tokens_read(turn.text) for turn in ending)
    if prefix:
        ending = []
    if given is not None:
        return alternating(
            [
                *_latest(
                    (Said("assistant" if turn.role == "assistant" else "user", turn.text, (), {}) for turn in reversed(given)),
                    room,
                    takes,
                    LeftOut(),
                ),
                *ending,
            ]
        )
    question = reply.parent
    if question is not None and question.parent_id is None:  # the first of the conversation: it is all there is
        spoken = iter(_said([question], reply.owner_id))
    else:
        spoken = _newest_first(Tree(parent_links(reply.conversation_id)).path(reply.parent_id), reply.owner_id)
    return alternating([*_latest(spoken, room, takes, left_out or LeftOut()), *ending])


def continued(reply: Message, room: int) -> list[Turn]:
    """What asks for the rest of a reply that has begun; nothing for one that hasn't."""
    text = said(reply, room)
    return [Turn("assistant", text), Turn("user", continue_instruction(text))] if text.strip() else []


def _newest_first(path: list[uuid.UUID], owner_id: uuid.UUID) -> Iterator[Said]:
    for end in range(len(path), 0, -MESSAGES_PER_QUERY):
        keys = path[max(0, end - MESSAGES_PER_QUERY) : end]
        by_id = Message.objects.defer("parameters").in_bulk(keys)  # they may hold many functions of a program
        yield from _said([by_id[key] for key in reversed(keys) if key in by_id], owner_id)


def _said(messages: list[Message], owner_id: uuid.UUID) -> Iterator[Said]:
    files = attached.stored((message.parts for message in messages), owner_id)
    for message in messages:
        if message.role == Role.USER:
            yield Said("user", message.answer, message.parts, files)
        else:
            yield Said("assistant", _with_pictures(message), message.parts, files)


def _with_pictures(reply: Message) -> str:
    made = [f"[A picture that you made: {part.get('alt') or part.get('name')}]" for part in reply.parts if part.get("type") == "image"]
    return "\n\n".join(filter(None, [reply.answer, *made]))


def _latest(newest_first: Iterable[Said], room: int, takes: Takes, left_out: LeftOut) -> list[Turn]:
    """From the end of the path upwards, reading no more of it than fits. The question's files come first, then older messages' texts, and
    older files get what room is left, the newest first.
    """
    spoken: list[Said] = []
    kept: list[Turn] = []
    older: list[tuple[int, Said]] = []
    left = Room(room)
    for said in newest_first:
        turn, around = Turn(said.role, said.text), attached.tokens_around(said)
        if around and not kept:
            turn, around = attached.turn(said, left, takes, left_out), 0
        rest = left.after(turn).without(around + called.tokens(said))
        if rest.tokens < 0 and any(map(called.begins, spoken)):
            break
        left = rest
        if around:
            older.append((len(kept), said))
        spoken.append(said)
        kept.append(turn)
    for place, said in older:
        beside = left.without(-tokens_read(said.text) - attached.tokens_around(said))
        kept[place] = attached.turn(said, beside, takes, left_out)
        left = beside.after(kept[place])
    return _shown_by_the_user(called.paired(_from_the_user([*zip(spoken, kept, strict=True)][::-1])))


def _shown_by_the_user(spoken: list[Turn]) -> list[Turn]:
    """Pictures that the assistant made come with the user's next message: both APIs take images only there."""
    result: list[Turn] = []
    made: tuple[TurnFile, ...] = ()
    for turn in spoken:
        if turn.role == "assistant":
            made += turn.files
            result.append(turn._replace(files=()) if turn.files else turn)
        elif turn.call_id:
            result.append(turn)
        else:
            result.append(turn._replace(files=(*made, *turn.files)) if made else turn)
            made = ()
    return result


def _from_the_user(spoken: list[called.Message]) -> list[called.Message]:
    while len(spoken) > 1 and not called.begins(spoken[0][0]):
        spoken = spoken[1:]
    return spoken


def alternating(spoken: list[Turn]) -> list[Turn]:
    """Without empty messages, and with neighbours of one role joined: many chat templates refuse anything else.

    Results of functions stay as they are, and nothing is said by who called them before they come.
    """
    result: list[Turn] = []
    for turn in spoken:
        if not turn.text.strip() and not turn.files and not turn.calls and not turn.call_id:
            continue
        before = result[-1] if result else None
        if before and before.role == turn.role and not before.calls and not before.call_id and not turn.call_id:
            text = "\n\n".join(filter(None, (before.text, turn.text)))
            result[-1] = Turn(turn.role, text, (*before.files, *turn.files), turn.calls)
        else:
            result.append(turn)
    return result


def room_for_turns(window: int, system: str, answer: int | None) -> int:
    """Tokens of a window that are left beside the system prompt and an answer of at most `answer` tokens."""
    return window - tokens_read(system) - min(answer or 1024, window // 3)
