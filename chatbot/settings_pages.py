"""Writes docs/settings.md and .env.example from the table of settings; with --check it only says whether they follow it."""

import sys
import textwrap
from pathlib import Path

from chatbot.settings_table import GROUPS, Group, Setting, Value

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 140

PAGE_HEAD = """\
# Settings

<!-- Written by `make docs` from chatbot/settings_table/: change it there. -->

Each setting is an environment variable or a line in `.env`; the environment wins. An empty value counts as unset, and a wrong one stops the
start with a sentence that says what is expected. After a change, start again. [.env.example](../.env.example) has them all, to copy from.
"""
EXAMPLE_HEAD = """\
# Copy this file to .env and uncomment what you want to change. Everything has a default that works.
# The environment wins over .env. After a change, start again.
# Written by `make docs` from chatbot/settings_table/.
"""


def page() -> str:
    return PAGE_HEAD + "".join(map(_section, GROUPS))


def example() -> str:
    return EXAMPLE_HEAD + "".join(map(_block, GROUPS))


def _section(group: Group) -> str:
    introduction = _wrapped(group.introduction) + "\n\n" if group.introduction else ""
    rows = "".join(f"| `{one.name}` | {_kind(one)} | {_default(one)} | {_meaning(one)} |\n" for one in group.settings)
    return f"\n## {group.title}\n\n{introduction}| setting | value | default | what it does |\n|---|---|---|---|\n{rows}"


def _kind(setting: Setting) -> str:
    kind = {
        "choice": " or ".join(f"`{choice}`" for choice in setting.choices),
        "on or off": "`on` or `off`",
        "list": "list, separated by commas",
        "host names": "host names, separated by commas",
        "origin": "address: `http://`, `https://`",
        "origins": "addresses, separated by commas",
        "address": "address: " + ", ".join(f"`{scheme}://`" for scheme in setting.schemes),
    }.get(setting.kind, setting.kind)
    if setting.range:
        kind += f", {setting.range}"
    return kind + " (secret)" if setting.secret else kind


def _default(setting: Setting) -> str:
    return setting.otherwise or (f"`{_said(setting.default)}`" if setting.default != "" and setting.default != [] else "none")


def _meaning(setting: Setting) -> str:
    return f"{setting.meaning} Such as `{setting.example}`." if setting.example else setting.meaning


def _block(group: Group) -> str:
    title = f"\n# ── {group.title} ".ljust(80, "─") + "\n"
    introduction = "\n" + _comment(group.introduction) if group.introduction else ""
    return title + introduction + "".join(map(_lines, group.settings))


def _lines(setting: Setting) -> str:
    said = [setting.meaning]
    if setting.choices:
        said.append(f"One of: {', '.join(setting.choices)}.")
    if setting.range:
        said.append(f"{setting.range.capitalize()}.")
    if isinstance(setting.default, list):
        said.append("Several are separated by commas.")
    if setting.otherwise:
        said.append(f"Default: {setting.otherwise}.")
    value = setting.example or ("" if setting.otherwise else _said(setting.default))
    return f"\n{_comment(' '.join(said))}#{setting.name}={value}\n"


def _comment(text: str) -> str:
    return _wrapped(text.replace("`", ""), "# ") + "\n"


def _wrapped(text: str, indent: str = "") -> str:
    wrapper = textwrap.TextWrapper(WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return wrapper.fill(text)


def _said(value: Value) -> str:
    """As it is written in .env."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def main(arguments: list[str]) -> str | None:
    """Write the two files, or with --check answer which of them don't follow the table."""
    wanted = {ROOT / "docs" / "settings.md": page(), ROOT / ".env.example": example()}
    stale = {path: text for path, text in wanted.items() if not path.exists() or path.read_text() != text}
    if "--check" in arguments:
        names = " and ".join(str(path.relative_to(ROOT)) for path in stale)
        return f"{names}: not what chatbot/settings_table/ says. Run `make docs`." if stale else None
    for path, text in stale.items():
        path.write_text(text)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
