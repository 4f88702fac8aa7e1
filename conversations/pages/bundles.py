"""Modules that a page always loads together, as one file each.

Each module becomes a function within that file, in an order in which each comes after what it imports. The file exports what all of them
export, and the page's import map gives their names its URL: so a module that is loaded later by itself imports them as everywhere else,
and there is one instance of each. Where two modules of a file exported the same name, or a module is written in a way that can't be
joined, this fails. Comments are left out.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

BUNDLES = {"bundles/chat.js": "chat", "bundles/messages.js": "messages/pane"}
"""By the file's path: the module that asks for all others in it that aren't in a file before it."""
PURIFIER = "bundles/dompurify.js"

IMPORT = re.compile(r'^import (?:(?P<default>\w+)|\{(?P<names>[^}]*)\}) from "(?P<module>[\w/-]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async function\*?|function\*?|class|const) (\w+))", re.MULTILINE)
COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*(?:(?!\*/).)*\*/)\n|/\*\*.*?\*/ ?|(?<=\S) // [^\n]*", re.MULTILINE | re.DOTALL)
"""As prettier sets them. Nothing of ours looks so within a text or a regular expression; a test would tell."""
OTHERWISE = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def members(scripts: Path) -> dict[str, list[str]]:
    """By each bundle's path: the names of the modules in it, each after those that it imports. `scripts` is the folder of all modules."""
    taken: dict[str, None] = {}
    found = {}
    for path, entry in BUNDLES.items():
        before = len(taken)
        _take(entry, scripts, taken)
        found[path] = list(taken)[before:]
    return found


def joined(scripts: Path) -> Iterator[tuple[str, str]]:
    """The path and the text of each bundle. Raises ValueError where its modules can't be joined."""
    for path, names in members(scripts).items():
        yield path, join({name: without_comments((scripts / f"{name}.js").read_text()) for name in names})


def without_comments(source: str) -> str:
    """The same program, which a test compares."""
    return COMMENT.sub("", source)


def join(sources: Mapping[str, str]) -> str:
    """One module of those whose names and texts are given, each after those that it imports."""
    variables = {name: f"$module{number}" for number, name in enumerate(sources)}
    functions, exported = [], dict[str, str]()
    for name, source in sources.items():
        for missing in (found["module"] for found in IMPORT.finditer(source) if found["module"] not in variables):
            variables[missing] = f"$module{len(variables)}"
        exports = EXPORT.findall(source)
        if twice := next((export for export in exports if export in exported), None):
            raise ValueError(f"“{twice}” is exported by both {exported[twice]} and {name}, which are joined into one file.")
        exported |= dict.fromkeys(exports, name)
        functions.append(_function(name, source, exports, variables))
    outside = (f'import * as {variable} from "{name}";' for name, variable in variables.items() if name not in sources)
    values = [f"const $export{number} = {variables[name]}.{export};" for number, (export, name) in enumerate(exported.items())]
    ending = f"export {{ {', '.join(f'$export{number} as {export}' for number, export in enumerate(exported))} }};"
    return "\n".join([*outside, *functions, *values, ending, ""])


def program(scripts: Path, entry: str, call: str) -> str:
    """A script of its own for pages that load nothing else of ours: the module `entry` with all that it imports, and then `call`, such as
    “start({})”, of what it exports. Raises ValueError where they can't be joined."""
    taken: dict[str, None] = {}
    _take(entry, scripts, taken)
    variables = {name: f"$module{number}" for number, name in enumerate(taken)}
    sources = {name: without_comments((scripts / f"{name}.js").read_text()) for name in taken}
    functions = [_function(name, source, EXPORT.findall(source), variables) for name, source in sources.items()]
    return "\n".join(["(() => {", '"use strict";', *functions, f"{variables[entry]}.{call};", "})();", ""])


def purifier(node_modules: Path) -> str:
    """DOMPurify as a module of half the size: its authors have made only the form for all module systems (UMD) smaller."""
    text = (node_modules / "dompurify" / "dist" / "purify.min.js").read_text()
    program = text.partition("//# sourceMappingURL=")[0].rstrip()
    return f"const exports = {{}}, module = {{ exports }};\n{program}\nexport default module.exports;\n"


def _function(name: str, source: str, exports: list[str], variables: Mapping[str, str]) -> str:
    def constants(found: re.Match[str]) -> str:
        names = f"default: {found['default']}" if found["default"] else found["names"].replace(" as ", ": ")
        return f"const {{ {names.strip()} }} = {variables[found['module']]};"

    text = EXPORT.sub("", IMPORT.sub(constants, source))
    if other := OTHERWISE.search(text):
        raise ValueError(f"{name} can't be joined with others: {other[0]}")
    return f"// {name}\nconst {variables[name]} = (() => {{\n{text.rstrip()}\nreturn {{ {', '.join(exports)} }};\n}})();"


def _take(name: str, scripts: Path, taken: dict[str, None], above: tuple[str, ...] = ()) -> None:
    source = scripts / f"{name}.js"
    if name in taken or not source.is_file():
        return
    if name in above:
        raise ValueError(f"{name} imports itself, by way of {above[-1]}.")
    for found in IMPORT.finditer(source.read_text()):
        _take(found["module"], scripts, taken, (*above, name))
    taken[name] = None
