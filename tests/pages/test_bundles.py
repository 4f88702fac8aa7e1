"""Modules in one file: all that the pages have can be joined, and what can't be is told, not served."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from conversations.pages import bundles
from conversations.pages.browser_modules import SCRIPTS

ROOT = Path(__file__).resolve().parents[2]
COMPARE = """
import acorn from "prettier/plugins/acorn";
import { text } from "node:stream/consumers";
const places = ["loc", "range", "start", "end", "comments", "extra", "__contentEnd"];
const bare = (value) => value?.type === "ParenthesizedExpression" ? bare(value.expression) : value; // those of casts are kept as nodes
const parsed = async (source) =>
  JSON.stringify(await acorn.parsers.acorn.parse(source, {}), (key, value) => places.includes(key) ? undefined : bare(value));
const different = [];
for (const [name, one, other] of JSON.parse(await text(process.stdin))) if (await parsed(one) !== await parsed(other)) different.push(name);
console.log(JSON.stringify(different));
"""


def test_leaving_out_comments_changes_no_program() -> None:
    sources = {path: path.read_text() for path in SCRIPTS.rglob("*.js")}
    pairs = [(path.name, source, bundles.without_comments(source)) for path, source in sources.items()]
    done = subprocess.run(
        ["node", "--input-type=module", "-e", COMPARE], cwd=ROOT, input=json.dumps(pairs), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []
    assert not [name for name, _, shorter in pairs if "/**" in shorter or re.search(r"(?:^|\s)// ", shorter)]


def test_a_module_of_ours_is_in_one_bundle_at_most_and_after_what_it_imports() -> None:
    seen: list[str] = []
    for name in (name for names in bundles.members(SCRIPTS).values() for name in names):
        ours = [found["module"] for found in bundles.IMPORT.finditer((SCRIPTS / f"{name}.js").read_text())]
        assert [module for module in ours if (SCRIPTS / f"{module}.js").exists() and module not in seen] == []
        assert name not in seen
        seen.append(name)
    assert {"chat", "dom", "messages/pane"} <= set(seen)


def test_a_bundle_exports_what_its_modules_export_and_imports_only_what_it_lacks() -> None:
    text = bundles.join(
        {
            "deep/one": 'import Purifier from "x";\nexport const one = Purifier;\n',
            "two": 'import {\n  one as first,\n} from "deep/one";\nimport { far } from "far/away";\nexport async function two() { far(first); }\n',
        }
    )
    assert re.findall(r'^import .* from "(.*)";$', text, re.MULTILINE) == ["x", "far/away"]
    assert re.findall(r" as (\w+)[, ]", text[text.index("export {") :]) == ["one", "two"]
    assert not re.search(r"^export (?!\{)", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        ({"a": "export const same = 1;\n", "b": "export class same {}\n"}, "“same” is exported by both a and b"),
        ({"a": "export let changing = 1;\n"}, "a can't be joined with others: export let changing = 1;"),
        ({"a": "export default 1;\n"}, "a can't be joined with others: export default 1;"),
        ({"a": 'export * from "b";\n'}, "a can't be joined with others"),
        ({"a": 'import "b";\n'}, "a can't be joined with others"),
    ],
)
def test_what_cannot_be_joined_is_told(sources: Mapping[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        bundles.join(sources)


def test_modules_that_import_each_other_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "BUNDLES", {"bundles/a.js": "a"})
    (tmp_path / "a.js").write_text('import { b } from "b";\nexport const a = b;\n')
    (tmp_path / "b.js").write_text('import { a } from "a";\nexport const b = a;\n')
    with pytest.raises(ValueError, match="a imports itself, by way of b"):
        list(bundles.joined(tmp_path))
