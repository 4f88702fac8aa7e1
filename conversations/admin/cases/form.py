"""The form of a case."""

from __future__ import annotations

from typing import Any

from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.admin.base.tags_field import TagsField
from conversations.models import Case

from .fields import ChecksField, TurnsField, VariablesField

ASKED = ("turns", "variables", "checks", "expected")
"""What a result depends on: a change of it makes earlier ones say nothing of the case."""


class CaseForm(OptimisticLocking):
    turns = TurnsField(
        label="What is asked",
        help_text="A question, or a conversation: “User: …”, “Assistant: …” by turns, whose last turn is the user’s.",
    )
    variables = VariablesField(
        required=False,
        label="Variables",
        help_text="A line for each, “name: value”, which stands for {{ name }} in the prompt and above.",
    )
    tags = TagsField(required=False, max_length=400, label="Tags", help_text="Between commas.")
    checks = ChecksField(
        required=False,
        label="Checks",
        help_text="All of them have to pass. Without any, you judge the answers yourself. Save to get more rows.",
    )

    class Meta:
        model = Case
        fields = ("prompt", "name", "turns", "variables", "expected", "checks", "tags")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expected" in self.fields:
            self.fields["expected"].widget.attrs["rows"] = 3

    def save(self, commit: bool = True) -> Any:
        if not self.instance._state.adding and set(self.changed_data) & set(ASKED):
            self.instance.revision += 1
        return super().save(commit)
