"""The chat page's stylesheets in one file: a rule that would be lost or lead elsewhere there is told, not served."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conversations.pages import stylesheets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in stylesheets.PARTS:
        shutil.copy(stylesheets.STYLESHEETS / f"{name}.css", tmp_path)
    return tmp_path


def test_they_stand_in_their_order_and_the_first_one_names_the_layers(folder: Path) -> None:
    text = stylesheets.joined(folder)
    begins = [text.index(f"/* {name}.css */") for name in stylesheets.PARTS]
    assert begins == sorted(begins)
    assert text.index("@layer tokens, base, layout, components;") < text.index("@layer ", text.index("{"))


@pytest.mark.parametrize("rule", ['@import "more.css";', '@charset "utf-8";', "a { background: url(more.svg); }"])
def test_what_counts_at_the_begin_of_its_file_or_from_its_folder_is_told(folder: Path, rule: str) -> None:
    sheet = folder / "hello.css"
    sheet.write_text(f"{rule}\n{sheet.read_text()}")
    with pytest.raises(ValueError, match=r"hello\.css can't be joined"):
        stylesheets.joined(folder)
