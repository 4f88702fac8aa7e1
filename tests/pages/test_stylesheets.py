"""Stylesheets in one file: a rule that would be lost or lead elsewhere there is told, not served."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conversations.pages import stylesheets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(stylesheets.STYLESHEETS, tmp_path / "css")
    return tmp_path / "css"


def test_they_stand_in_their_order_and_the_first_one_names_the_layers(folder: Path) -> None:
    bundles = dict(stylesheets.bundles(folder))
    for name, parts in stylesheets.PARTS.items():
        text, at = bundles[f"bundles/{name}.css"], 0
        for part in parts:
            at = text.index((folder / f"{part}.css").read_text(), at)
    for name in ("base", "chat"):
        text = bundles[f"bundles/{name}.css"]
        assert text.index("@layer tokens, base, layout, components;") < text.index("@layer ", text.index("{"))


@pytest.mark.parametrize("rule", ['@import "more.css";', '@charset "utf-8";', "a { background: url(more.svg); }"])
def test_what_counts_at_the_begin_of_its_file_or_from_its_folder_is_told(folder: Path, rule: str) -> None:
    sheet = folder / "hello.css"
    sheet.write_text(f"{rule}\n{sheet.read_text()}")
    with pytest.raises(ValueError, match=r"hello\.css can't be joined"):
        list(stylesheets.bundles(folder))
