"""Each field of a wording is listed once, and all that carries wordings goes by the list."""

from conversations.models import SystemPrompt, Worded
from conversations.studio.files.document import Document
from conversations.studio.wording_fields import FIELDS


def test_every_field_of_a_wording_is_listed() -> None:
    assert [field.name for field in Worded._meta.get_fields()] == list(FIELDS)


def test_every_detail_of_a_prompt_that_files_carry_is_one_of_a_document() -> None:
    assert set(SystemPrompt.DETAILS) <= set(Document.__dataclass_fields__)
    others = {"id", "slug", "is_default", "published", "created", "approvals_needed", "cases_required", "live_reserved", "tags", "archived"}
    others |= {"experiment", "review_percent"}
    assert {field.name for field in SystemPrompt._meta.fields} - others == set(SystemPrompt.DETAILS)
