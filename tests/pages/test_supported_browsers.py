"""What the browsers in docs/browsers.md can't read is not written; what is there only for newer ones is found by `tsc` (its `lib`) or here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHEETS = sorted((ROOT / "static" / "css").rglob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
# There is no other way in them for the browsers before.
NEWER_IN_SHEETS = ("light-dark(", "@property", "@scope", "@function", "anchor(", "if(")
NEWER_IN_SCRIPTS = ("URL.canParse", "URL.parse", "Popover(", "popover:", "AbortSignal.any", "requestIdleCallback(", "scheduler.")
GROUPS = ("@layer", "@media", "@supports", "@keyframes", "@starting-style", "@font-face")


def nested(sheet: str) -> list[str]:
    """The rules inside another rule: what an older Safari drops without a word."""
    found, open_blocks = [], []
    for text, brace in re.findall(r"([^{};]*)([{};])", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)):
        if brace == "{":
            if open_blocks and not open_blocks[-1].startswith(GROUPS):
                found.append(text.strip())
            open_blocks.append(text.strip())
        elif brace == "}":
            open_blocks.pop()
    return found


def test_nesting_is_found() -> None:
    assert nested("@media print { a { color: red; } b, c { & d { margin: 0; } } } e { f { margin: 0 } @media print { top: 0 } }") == [
        "& d",
        "f",
        "@media print",
    ]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_sheets_are_read_by_all_of_them(sheet: Path) -> None:
    text = sheet.read_text()
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert nested(text) == []
    assert [name for name in NEWER_IN_SHEETS if re.search(rf"(?<![\w-]){re.escape(name)}", code)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_are_run_by_all_of_them(script: Path) -> None:
    assert [name for name in NEWER_IN_SCRIPTS if name in script.read_text()] == []


def test_page_and_readme_name_the_versions_of_the_documentation() -> None:
    sentence = (ROOT / "templates" / "outdated_browser.html").read_text()
    table = (ROOT / "docs" / "browsers.md").read_text().split("\n\n")[1]
    versions = [row.split("|")[2].strip() for row in table.splitlines()[2:]]
    assert len(versions) == 3
    assert re.findall(r"(?:version|from) ([\d.]+\d)", sentence) == versions
    readme = re.search(r"It works in .*browsers\.md", (ROOT / "README.md").read_text())
    assert readme is not None
    assert re.findall(r"from ([\d.]+)", readme[0]) == versions
