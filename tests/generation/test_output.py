"""A position in a reply counts the code points before it; each appended delta ends where the next begins."""

from hypothesis import given
from hypothesis import strategies as st

from conversations.generation.output import Output

pieces = st.lists(st.tuples(st.sampled_from(["text", "reasoning", "refusal"]), st.text(min_size=1)), max_size=30)


@given(pieces, st.integers(0, 30))
def test_what_is_appended_is_what_is_there(said: list[tuple[str, str]], cut: int) -> None:
    output = Output([])
    for kind, text in said[:cut]:
        output.append(kind, text)
    resumed = Output(output.parts)
    assert resumed.end == output.end
    position = resumed.end
    for kind, text in said[cut:]:
        index, offset = resumed.append(kind, text)
        assert offset == position
        position = resumed.end
        assert resumed.parts[index]["type"] == kind
        assert resumed.parts[index]["text"].endswith(text)
    assert "".join(part["text"] for part in resumed.parts) == "".join(text for _, text in said)
    assert resumed.end == sum(len(text) for _, text in said)
    kinds = [part["type"] for part in resumed.parts]
    assert all(a != b for a, b in zip(kinds, kinds[1:], strict=False))


def test_parts_taken_earlier_do_not_grow() -> None:
    output = Output([])
    output.append("text", "one")
    before = output.parts
    output.append("text", " two")
    assert before == [{"type": "text", "text": "one"}]
    assert output.parts == [{"type": "text", "text": "one two"}]


@given(pieces, st.integers(1, 40))
def test_what_turns_into_reasoning_moves_no_position(said: list[tuple[str, str]], characters: int) -> None:
    output = Output([], 1)
    for kind, text in said:
        output.append(kind, text)
    before, end = output.parts, output.end
    output.turn_into_reasoning(characters)
    assert output.end == end
    assert "".join(part["text"] for part in output.parts) == "".join(part["text"] for part in before)
    if before and before[-1]["type"] == "text":
        assert output.parts[-1]["type"] == "reasoning"
        assert len(output.parts[-1]["text"]) == min(characters, len(before[-1]["text"]))
        assert all(part["text"] for part in output.parts)
    else:
        assert output.parts == before
