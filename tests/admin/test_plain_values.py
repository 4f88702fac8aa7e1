"""A list or mapping of a prompt's wording that can't be read says where and why, in terms of what was written."""

import pytest
from django.core.exceptions import ValidationError

from conversations.admin.prompts.fields import PlainValueField
from conversations.studio.wording_fields import FIELDS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{\n "type": "object",\n "properties": {"a": {}\n}', "Line 4, column 2: This is no JSON: Expecting ',' delimiter."),
        ('{\n "type": "object"\n "properties": {}\n}', "Line 3, column 2: This is no JSON: Expecting ',' delimiter."),
        ("[1,\n2", "Line 2, column 2: This is no JSON: Expecting ',' delimiter."),
        ("type: object\n properties: {}", "Line 2: This is no YAML: mapping values are not allowed in this context."),
        ("{" * 5000, "This is no JSON"),
        ('{"a": ' * 5000, "This can’t be read"),
    ],
)
def test_what_can_not_be_read(text: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PlainValueField(FIELDS["output_schema"], "").clean(text)
    assert words in refused.value.messages[0]


def test_json_that_only_yaml_forgives_is_taken() -> None:
    field = PlainValueField(FIELDS["output_schema"], "")
    assert field.clean('{"type": "object",}') == field.clean('{"type": "object"}') == {"type": "object"}
