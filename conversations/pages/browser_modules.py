"""The browser's modules: npm's and ours, each under a bare name, and the import map that resolves them to hashed URLs."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

from . import bundles

BASE_DIR = Path(__file__).resolve().parents[2]
SCRIPTS = BASE_DIR / "static" / "js"

# What of node_modules is served, and under which folder of /static/. Only what is named here can be reached.
NPM_FOLDERS = {
    "npm/marked": "marked/lib",
    "npm/dompurify": "dompurify/dist",
    "npm/remend": "remend/dist",
    "npm/katex": "katex/dist",
    "npm/highlight": "@highlightjs/cdn-assets/es",
    "npm/uplot": "uplot/dist",
}
# The highlighter's languages; markdown/grammars.js says what else they are called.
GRAMMARS = (
    *("bash", "c", "cpp", "csharp", "css", "diff", "go", "graphql", "ini", "java", "javascript", "json", "kotlin", "less", "lua"),
    *("makefile", "markdown", "objectivec", "perl", "php", "php-template", "python", "python-repl", "r", "ruby", "rust", "scss"),
    *("shell", "sql", "swift", "typescript", "vbnet", "wasm", "xml", "yaml"),
)
NPM_MODULES = {
    "marked": "npm/marked/marked.esm.js",
    "dompurify": "npm/dompurify/purify.es.mjs",
    "remend": "npm/remend/index.js",
    "katex": "npm/katex/katex.mjs",
    "highlight": "npm/highlight/core.min.js",
    "uplot": "npm/uplot/uPlot.esm.js",
    **{f"highlight/{name}": f"npm/highlight/languages/{name}.min.js" for name in GRAMMARS},
}


def npm_folders(node_modules: Path) -> list[tuple[str, str]]:
    """STATICFILES_DIRS entries for the packages that the pages use."""
    return [(prefix, str(node_modules / folder)) for prefix, folder in NPM_FOLDERS.items() if (node_modules / folder).is_dir()]


def unused_grammars(node_modules: Path) -> list[str]:
    """What of the highlighter's 190 languages no page loads, as patterns for collectstatic."""
    folder = node_modules / NPM_FOLDERS["npm/highlight"] / "languages"
    return [f"languages/{file.name}" for file in folder.glob("*.js") if file.name.partition(".")[0] not in GRAMMARS]


def own_modules(*, admin: bool = False) -> dict[str, str]:
    """Every file below static/js by its bare name: static/js/messages/scroll.js is imported as "messages/scroll".

    Those of the administration only where they are wanted, and none of the widget, which is for other sites.
    """
    left_out = ("widget",) if admin else ("admin", "widget")
    files = sorted(file for file in SCRIPTS.rglob("*.js") if file.relative_to(SCRIPTS).parts[0] not in left_out)
    return {file.relative_to(SCRIPTS).with_suffix("").as_posix(): f"js/{file.relative_to(SCRIPTS).as_posix()}" for file in files}


@cache
def import_map(*, admin: bool = False, bundled: bool = False) -> dict[str, dict[str, str]]:
    """What each bare name stands for; with `bundled`, the URL of its bundle for a module that has one, unless DEBUG is on."""
    paths = {**NPM_MODULES, **own_modules(admin=admin)}
    if bundled and not settings.DEBUG:
        paths |= {name: path for path, names in bundles.members(SCRIPTS).items() for name in names} | {"dompurify": bundles.PURIFIER}
    return {"imports": {name: staticfiles_storage.url(path) for name, path in paths.items()}}


@cache
def needed_by(*entries: str, bundled: bool = False) -> tuple[str, ...]:
    """The URLs of `entries` and of all that they import at once, so that a page can ask for them together; `bundled` as its import map."""
    found: dict[str, None] = {}
    waiting = list(entries)
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found[name] = None
        source = SCRIPTS / f"{name}.js"
        if source.is_file():
            waiting += [imported["module"] for imported in bundles.IMPORT.finditer(source.read_text())]
    addresses = import_map(admin=True, bundled=bundled)["imports"]
    return tuple(dict.fromkeys(addresses[name] for name in found))
