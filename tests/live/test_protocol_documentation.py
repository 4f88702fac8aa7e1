"""docs/protocol.md says what the socket does: its tables and examples, the commands that are read and the frames that are built agree."""

from __future__ import annotations

import ast
import inspect
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from conversations import commands, live
from conversations.broadcast import frames
from conversations.live import command_frames
from conversations.management.server import SERVICE_RESTART
from conversations.management.websockets import FlowingWebSocket
from conversations.models import Conversation, Message, Status, User
from conversations.models.messages import ASKED
from conversations.providers import errors, tools
from conversations.usage.exceeded import Exceeded
from tests.support.idle import until_idle
from tests.support.limits import limit
from tests.support.pictures import completed, offer, partial, picture, streamed
from tests.support.scripted_openai import Cites, Finish, Gate, Hold, Reasoning, ScriptedOpenAI, Text, ToolArguments, ToolCall, failure
from tests.support.socket_client import Socket

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text()

Json = dict[str, Any]


class Field(NamedTuple):
    kind: str
    is_optional: bool
    may_be_null: bool


@dataclass
class Shape:
    """One of the page's sections: the fields of its table, and its examples."""

    name: str
    fields: dict[str, Field] = field(default_factory=dict)
    examples: list[Json] = field(default_factory=list)


def shapes(chapter: str) -> list[Shape]:
    found = []
    for section in re.split(r"^### ", chapters()[chapter], flags=re.MULTILINE)[1:]:
        made = Shape(re.findall(r"\w+", section)[0])
        for row in tables(section, "| field | type | meaning |"):
            kind, *notes = row[1].split(", ")
            may_be_null = kind.endswith(" or null")
            made.fields[row[0].strip("`")] = Field(kind.removesuffix(" or null"), "optional" in notes, may_be_null)
        made.examples += [json.loads(example) for example in re.findall(r"^```json\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)]
        found.append(made)
    return found


def chapters() -> dict[str, str]:
    pieces = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def tables(text: str, head: str) -> Iterator[list[str]]:
    """The rows of every table with this head."""
    for table in re.findall(rf"^{re.escape(head)}\n\|[-|]+\|\n((?:\|.*\|\n)+)", text, re.MULTILINE):
        for row in table.splitlines():
            yield [cell.strip() for cell in row.strip("|").split("|")]


def codes(head: str) -> set[str]:
    return {row[0].strip("`") for row in tables(PAGE, head)}


COMMANDS = {shape.name: shape for shape in shapes("Commands")}
FRAMES = shapes("Frames")
OBJECTS = {shape.name: shape for shape in shapes("Objects")}


def trouble(shape: Shape, value: Json, *, where: str = "") -> Iterator[str]:
    """What is not as the table says."""
    where = where or shape.name
    for name in value.keys() - shape.fields.keys() - {"type"}:
        yield f"{where}.{name} is not documented"
    for name, one in shape.fields.items():
        if name not in value:
            if not one.is_optional:
                yield f"{where}.{name} is missing"
        elif value[name] is None:
            if not one.may_be_null:
                yield f"{where}.{name} is null"
        else:
            yield from trouble_with(one.kind, value[name], f"{where}.{name}")


def trouble_with(kind: str, value: Any, where: str) -> Iterator[str]:
    if kind.startswith("list of "):
        for number, element in enumerate(value):
            yield from trouble_with(kind.removeprefix("list of "), element, f"{where}[{number}]")
    elif kind in OBJECTS:
        yield from trouble(OBJECTS[kind], value, where=where)
    elif not is_a(kind, value):
        yield f"{where} is no {kind}: {value!r}"


def is_a(kind: str, value: Any) -> bool:
    match kind:
        case "id":
            return isinstance(value, str) and str(uuid.UUID(value)) == value
        case "time":
            return isinstance(value, str) and datetime.fromisoformat(value).utcoffset() is not None
        case "text":
            return isinstance(value, str)
        case "integer":
            return type(value) is int
        case "number":
            return type(value) in (int, float)
        case "boolean":
            return type(value) is bool
        case "values":
            return isinstance(value, dict) and all(isinstance(one, str | int | float | bool) for one in value.values())
    raise AssertionError(f"The page uses a type that it doesn't explain: {kind}")


def named(frame: Json) -> list[Shape]:
    return [shape for shape in FRAMES if shape.name == frame["type"]]


def parse(command: Json) -> command_frames.Command:
    return command_frames.parse(json.dumps(command))


# The page itself


@pytest.mark.parametrize("shape", [*COMMANDS.values(), *FRAMES], ids=lambda shape: shape.name)
def test_every_example_follows_its_table(shape: Shape) -> None:
    assert shape.examples
    for example in shape.examples:
        assert example["type"] == shape.name
        assert list(trouble(shape, example)) == []
    shown = {name for example in shape.examples for name in example}
    assert shown - {"type"} == shape.fields.keys(), "Each field is in one example at least."


# Commands


def test_every_command_is_documented() -> None:
    assert COMMANDS.keys() == command_frames._FIELDS.keys()


@pytest.mark.parametrize("shape", COMMANDS.values(), ids=COMMANDS)
def test_the_server_reads_a_command_as_documented(shape: Shape) -> None:
    (example,) = shape.examples
    read = parse(example)
    assert (read.type, str(read.id)) == (shape.name, example["id"])
    assert read.fields.keys() | {"id"} == shape.fields.keys()
    for name, one in shape.fields.items():
        without = {key: value for key, value in example.items() if key != name}
        if one.may_be_null:
            parse({**example, name: None})
            parse(without)
        else:
            for wrong in (without, {**example, name: None}, {**example, name: 7}):
                with pytest.raises(command_frames.BadFrame):
                    parse(wrong)


# Frames


def test_every_frame_that_is_built_is_documented() -> None:
    built = {
        value.value
        for node in ast.walk(ast.parse(inspect.getsource(frames)))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "type" and isinstance(value, ast.Constant)
    }
    assert built == {shape.name for shape in FRAMES}


@pytest.mark.django_db(transaction=True)
async def test_the_server_sends_frames_as_documented(alice: User, openai: ScriptedOpenAI) -> None:
    """Real frames of each kind, with each optional field, and nothing else in them."""
    received = await _tour(alice, openai)
    used: dict[int, set[str]] = {number: set() for number, _ in enumerate(FRAMES)}
    for frame in received:
        found = [number for number, shape in enumerate(FRAMES) if shape in named(frame) and not list(trouble(shape, frame))]
        assert found, [list(trouble(shape, frame)) for shape in named(frame)] or f"{frame['type']} is not documented"
        used[found[0]] |= frame.keys()
    unseen = {f"{shape.name}.{name}" for number, shape in enumerate(FRAMES) for name in shape.fields.keys() - used[number]}
    assert unseen == set(), "Documented, and never sent."
    ends = [frame for frame in received if frame["type"] == "finished"]
    assert all(any(end.get(name) for end in ends) for name in ("error", "usage", "warnings")), "What is in them was seen, too."
    parts = [part for frame in received if frame["type"] == "message" for part in frame["message"]["parts"]]
    assert any("seconds" in part for part in parts)


async def _tour(alice: User, openai: ScriptedOpenAI) -> list[Json]:
    """What two tabs of a user hear while nearly everything happens that can be heard."""
    client = Client()
    gate = Gate()
    async with Socket(alice, client=client) as socket, Socket(alice, client=client) as other:
        await socket.command("ping")
        await socket.until("pong")
        openai.script(Reasoning("Let me see."), Text("An answer"), Cites("https://example.org/sky", "Sky"), Hold(gate), Finish("length"))
        accepted = await socket.send("Hello")
        conversation, reply = accepted["conversation"], accepted["reply"]
        while (await socket.until("delta"))["kind"] != "text":
            pass
        await other.command("watch", conversation=conversation)
        await other.until("snapshot", status="streaming")
        gate.open()
        await socket.until("finished", status="complete")
        await until_idle()

        await socket.command("regenerate", message=reply)
        again = await socket.until("finished")
        address = f"/c/{conversation}/messages/{again['message']}/delete/"
        await sync_to_async(client.post)(address, "{}", content_type="application/json")
        await socket.until("branch")
        functions = tools.responses(tools.Tools([tools.Function("weather")]))
        await Message.objects.filter(pk=reply).aupdate(parameters={ASKED: {"tools": functions}})
        openai.script(ToolCall("call_1", "weather"), ToolArguments("{}"), Finish("tool_calls"))
        await socket.command("continue", message=reply)  # its parts are told again, with the time that it thought
        await socket.until("finished", message=reply)

        address = f"/c/{conversation}/messages/{reply}/feedback/"
        given = {"thumb": "down", "tags": ["wrong"], "words": "No."}
        await sync_to_async(client.post)(address, json.dumps(given), content_type="application/json")
        await socket.until("feedback")
        await other.command("watch", conversation=conversation)
        while "feedback" not in await other.until("snapshot", message=reply):
            pass

        await Conversation.objects.filter(pk=conversation).aupdate(model="another")
        await socket.command("regenerate", message=reply)
        assert (await socket.until("accepted"))["notice"]
        await socket.until("finished")

        openai.queue(failure(500, "Ouch", headers={"retry-after": "15"}))
        waiting = (await socket.send("And now?", conversation))["reply"]
        await socket.until("retrying")
        await other.command("watch", conversation=conversation)
        while "retrying" not in await other.until("snapshot", message=waiting):
            pass
        await socket.command("stop", message=waiting)
        await socket.until("finished", message=waiting)

        openai.queue(failure(400, "Invalid value for 'messages'"))
        assert (await socket.answer("Can you?", conversation))["error"]

        await sync_to_async(offer)(openai.base_url)
        gate = Gate()
        openai.queue(streamed(partial(picture("gray")), Hold(gate), completed(picture())))
        drawing = (await socket.send("A teal field", conversation, picture={}))["reply"]
        await socket.until("preview")
        await other.command("watch", conversation=conversation)
        while "preview" not in await other.until("snapshot", message=drawing):
            pass
        gate.open()
        await socket.until("finished", message=drawing, status="complete")

        await sync_to_async(limit)(monthly_tokens=30_000)
        usage = {"input_tokens": 5, "cached_tokens": 0, "output_tokens": 27_000, "reasoning_tokens": 0}
        openai.script(Text("Enough"), Finish("stop", usage))
        assert "warnings" in await socket.answer("Nearly used up")
        await sync_to_async(limit)(person=alice, monthly_tokens=10)
        await socket.command("send", text="One more", conversation=None)
        assert (await socket.next_error())["resets"]
        await socket.raw("no JSON")
        await socket.next_error()

        await sync_to_async(client.post)(f"/c/{conversation}/delete/")
        await socket.until("conversation", removed=True)
        await until_idle()
    return [*socket.frames, *other.frames]


# Codes


def test_every_close_code_is_documented() -> None:
    ours = set(re.findall(r"(?<=[( ])44\d\d\b", "".join(sources(live))))
    assert codes("| close code | meaning | what the client does |") == {
        *ours,
        str(SERVICE_RESTART),
        str(FlowingWebSocket.CLOSE_STATUS_CODE_MESSAGE_TOO_BIG),
    }


def test_every_error_code_is_documented() -> None:
    raised = re.findall(r'(?:Refused|BadFrame|frames\.error)\(\s*"(\w+)"', "".join([*sources(live), *sources(commands)]))
    assert codes("| code | meaning |") == {*raised, Exceeded.code}


def test_every_kind_of_error_is_documented() -> None:
    assert codes("| kind | meaning |") == errors.SENTENCES.keys()


def test_every_status_is_documented() -> None:
    for status in Status.values:
        assert f"`{status}`" in chapters()["Objects"]


def sources(package: Any) -> Iterator[str]:
    for file in sorted(Path(package.__path__[0]).glob("*.py")):
        yield file.read_text()


# The page's types


def test_the_page_s_types_say_the_same() -> None:
    declared = types()
    for shape in [*COMMANDS.values(), *FRAMES, *OBJECTS.values()]:
        fields = {name: (one.is_optional, one.may_be_null) for name, one in shape.fields.items()}
        if shape in COMMANDS.values():  # a page leaves nothing out but an id, and sends no null in its place
            fields = {name: (name == "id" and may_be_null, name != "id" and may_be_null) for name, (_, may_be_null) in fields.items()}
        assert fields in declared[shape.name], shape.name


def types() -> dict[str, list[dict[str, tuple[bool, bool]]]]:
    """Of each object, frame and command of types/protocol.d.ts the fields: whether they may be left out, and be null."""
    source = re.sub(r"/\*\*.*?\*/", "", (ROOT / "types" / "protocol.d.ts").read_text(), flags=re.DOTALL)
    source = re.sub(r"(?<=: )\{[^{}]*\}", "object", source)
    found: dict[str, list[dict[str, tuple[bool, bool]]]] = {"Prompt": [{"name": (False, False), "version": (False, False)}]}
    for name, body, more in re.findall(r"export type (\w+) =\s*\{([^{}]*)\}(?: & (\w+))?;", source):
        fields = {
            key: (bool(mark), "null" in kind)
            for key, mark, kind in re.findall(r"(\w+)(\??):\s([^;]+)", body)
            if kind.strip() != "undefined"
        }
        fields |= found[more][0] if more else {}
        kind = re.search(r'\btype: "(\w+)"', body)
        if kind:
            del fields["type"]
        found.setdefault(kind[1] if kind else {"Failure": "Error"}.get(name, name), []).append(fields)
    return found
