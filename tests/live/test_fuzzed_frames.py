"""Whatever text a client sends is a command, checked and typed, or refused with a code and a sentence."""

from __future__ import annotations

import json
import uuid
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as some

from conversations.live import command_frames
from conversations.live.command_frames import BadFrame, Command

deterministic = settings(derandomize=True, deadline=None, database=None, max_examples=500)

ID = "0190e4b6-0000-7000-8000-000000000001"
COMMANDS = sorted(command_frames._FIELDS)
NAMES = ["type", "id", *sorted({name for fields in command_frames._FIELDS.values() for name in fields})]
CODES = {"bad_frame", "unknown_command", "too_large", "invalid"}
SCALARS = some.one_of(
    some.sampled_from(
        [*COMMANDS, ID, f"{{{ID}}}", f"urn:uuid:{ID}", ID.upper(), "0" * 32, "-" * 36, "٣" * 32, "", "x" * 201, "\0", "\ud800"]
    ),
    some.sampled_from([0, -1, 2**64, 1e300, True, False, None]),
    some.text(max_size=40),
)
VALUES = some.recursive(
    SCALARS,
    lambda inner: some.one_of(some.lists(inner, max_size=2), some.dictionaries(some.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)
FITTING = {
    "_key": some.just(ID),
    "optional_key": some.sampled_from([ID, None]),
    "_text": some.text(max_size=40),
    "values": some.one_of(some.none(), some.dictionaries(some.text(max_size=3), SCALARS, max_size=3)),
    "_empty": some.sampled_from([None, [], ""]),
}
"""What a field takes, by its reader; of all others, a text or nothing."""
TEXTS = some.one_of(some.none(), some.text(max_size=40), some.sampled_from(["", "x" * 200, "x" * 201, "\0"]))


def _likely(kind: str) -> some.SearchStrategy[dict[str, Any]]:
    """Commands of which most are taken, so that what is wrong in the last of their fields is come to, too."""
    fields = {name: FITTING.get(read.__name__, TEXTS) for name, read in command_frames._FIELDS[kind].items()}
    return some.fixed_dictionaries({"type": some.just(kind), "id": some.just(ID), **{name: _nearly(fits) for name, fits in fields.items()}})


def _nearly(fitting: some.SearchStrategy[Any]) -> some.SearchStrategy[Any]:
    return some.integers(0, 9).flatmap(lambda die: fitting if die else VALUES)


LIKELY = some.sampled_from(COMMANDS).flatmap(_likely)
FRAMES = some.one_of(
    some.one_of(LIKELY, LIKELY, some.dictionaries(some.sampled_from(NAMES), VALUES), VALUES).map(json.dumps),
    some.text(max_size=60),
    some.binary(max_size=20),
    some.none(),
)


@deterministic
@given(FRAMES)
@example("[" * 100_000)
@example('{"type": "ping", "id": ' + "[" * 1_000 + "]" * 1_000 + "}")
@example('{"type": "send", "id": "\\ud800", "text": "\\udfff"}')
@example('{"type": "send", "type": {}, "id": "' + ID + '"}')
@example('{"type": "ping", "id": ' + "9" * 5_000 + "}")
@example('{"type": "send", "id": "' + ID + '", "text": "' + "x" * command_frames.MAX_FRAME_CHARACTERS + '"}')
@example("\ufeff{}")
def test_any_frame(frame: Any) -> None:
    try:
        command = command_frames.parse(frame)
    except BadFrame as refused:
        assert refused.code in CODES
        assert refused.detail.endswith(".")
        assert len(refused.detail.encode()) < 300
        assert refused.request_id is None or isinstance(refused.request_id, uuid.UUID)
    else:
        _is_typed(command)
    assert isinstance(command_frames.id_of(frame), uuid.UUID | None)


def _is_typed(command: Command) -> None:
    assert command.fields.keys() == command_frames._FIELDS[command.type].keys()
    assert command.id is not None or command.type in command_frames._WITHOUT_ID
    for name, value in command.fields.items():
        inner = value.values() if name == "variables" and isinstance(value, dict) else [value]
        if name == "attachments" and isinstance(value, list):
            assert all(isinstance(one, uuid.UUID) for one in value), name
            continue
        assert all(isinstance(one, str | int | float | bool | uuid.UUID | None) for one in inner), name
        assert name in ("variables", "attachments") or isinstance(value, str | uuid.UUID | None), name
        if isinstance(value, str):
            value.encode()
            assert name == "text" or len(value) <= 200, name
