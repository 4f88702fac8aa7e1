"""The browser's modules: npm's and ours, each under a bare name, and the import map that resolves them to hashed URLs."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles.storage import staticfiles_storage

BASE_DIR = Path(__file__).resolve().parent.parent

# What of node_modules is served, and under which folder of /static/. Only what is named here can be reached.
NPM_FOLDERS = {
    "npm/marked": "marked/lib",
    "npm/dompurify": "dompurify/dist",
    "npm/remend": "remend/dist",
    "npm/katex": "katex/dist",
    "npm/highlight": "@highlightjs/cdn-assets/es",
}
NPM_MODULES = {
    "marked": "npm/marked/marked.esm.js",
    "dompurify": "npm/dompurify/purify.es.mjs",
    "remend": "npm/remend/index.js",
    "katex": "npm/katex/katex.mjs",
    "highlight": "npm/highlight/highlight.min.js",
}


def npm_folders(node_modules: Path) -> list[tuple[str, str]]:
    """STATICFILES_DIRS entries for the packages that the pages use."""
    return [(prefix, str(node_modules / folder)) for prefix, folder in NPM_FOLDERS.items() if (node_modules / folder).is_dir()]


def own_modules() -> dict[str, str]:
    """Every file below static/js by its bare name: static/js/chat/scroll.js is imported as "chat/scroll"."""
    scripts = BASE_DIR / "static" / "js"
    return {path.relative_to(scripts).with_suffix("").as_posix(): f"js/{path.relative_to(scripts).as_posix()}" for path in sorted(scripts.rglob("*.js"))}


@cache
def import_map() -> dict[str, dict[str, str]]:
    return {"imports": {name: staticfiles_storage.url(path) for name, path in {**NPM_MODULES, **own_modules()}.items()}}
