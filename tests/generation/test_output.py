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
