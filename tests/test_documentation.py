"""Every file, folder and section that the documentation names is there."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = set(
    subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
)
FOLDERS = {f"{parent}/" for file in FILES for parent in Path(file).parents}
PAGES = [file for file in sorted(FILES) if file.endswith(".md") and (file.startswith("docs/") or "/" not in file)]

SEEN_FROM = ("", "conversations/", "static/js/")
"""Paths in code spans begin at one of these."""
PATH = re.compile(r"`(\w[\w./-]*(?:\.(?:py|js|ts|css|html|md|toml|yaml|conf|json|txt)|/))`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
MADE_LATER = {"var/", "media/"}
HISTORY = "CHANGELOG.md"  # which names what went, too


@pytest.mark.parametrize("page", [page for page in PAGES if page != HISTORY])
def test_paths_lead_somewhere(page: str) -> None:
    named = set(PATH.findall((ROOT / page).read_text())) - MADE_LATER
    assert {name for name in named if not is_there(name)} == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link in LINK.findall((ROOT / page).read_text()):
        if ":" in link:
            continue
        name, _, section = link.partition("#")
        target = (ROOT / page).parent.joinpath(name).resolve() if name else ROOT / page
        assert target.exists(), link
        assert not section or section in sections(target), link


def is_there(name: str) -> bool:
    if "/" not in name.rstrip("/"):  # of the room that is spoken of
        return any(one.endswith(f"/{name}") for one in FILES | FOLDERS) or name in FILES | FOLDERS
    return any(base + name in FILES or base + name in FOLDERS for base in SEEN_FROM)


def sections(page: Path) -> set[str]:
    """Its headings as GitHub names them in addresses."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found
