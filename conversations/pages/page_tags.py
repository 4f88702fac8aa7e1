"""What templates need to load icons and modules."""

import json
import re
from functools import cache
from pathlib import Path

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from . import browser_modules, stylesheets

register = template.Library()

ICONS = Path(browser_modules.BASE_DIR / "node_modules" / "lucide-static" / "icons")
USED_ICONS = (
    "archive", "archive-restore", "arrow-down", "arrow-up", "audio-lines", "brush", "camera", "chart-column", "check", "chevron-down",
    "chevron-left", "chevron-right", "chevron-up", "circle-alert", "copy", "download", "ellipsis", "external-link", "eye", "eye-off",
    "file-text", "image", "image-plus", "images", "info", "key-round", "list-checks", "log-out", "mail", "menu", "mic", "mic-off",
    "monitor", "moon", "panel-left", "paperclip", "pause", "pencil", "pin", "pin-off", "play", "plus", "printer", "refresh-cw",
    "search", "settings", "square", "square-terminal", "sun", "thumbs-down", "thumbs-up", "trash-2", "undo-2", "volume-2", "wifi-off",
    "wrap-text", "x", "zoom-in", "zoom-out",
)  # fmt: skip
SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@register.simple_tag
@cache
def icon_sprite(*names: str) -> SafeString:
    """The icons, or only those that are named, as symbols to stand once in a page: <svg><use href="#icon-copy"></use></svg>."""
    symbols = (f'<symbol id="icon-{name}" viewBox="0 0 24 24">{_shapes(name)}</symbol>' for name in names or USED_ICONS)
    return mark_safe(f'<svg class="sprite" aria-hidden="true">{"".join(symbols)}</svg>')  # noqa: S308 (our own files)


def _shapes(name: str) -> str:
    found = SHAPES.search((ICONS / f"{name}.svg").read_text())
    return " ".join(found[1].split()) if found else ""


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """One icon of the sprite."""
    return mark_safe(f'<svg viewBox="0 0 24 24" aria-hidden="true"><use href="#icon-{name}"></use></svg>')  # noqa: S308 (names are written in templates)


@register.simple_tag
@cache
def import_map(*, admin: bool = False, bundled: bool = False) -> SafeString:
    """The import map's JSON, safe inside a script element."""
    text = json.dumps(browser_modules.import_map(admin=admin, bundled=bundled), separators=(",", ":"))
    return mark_safe(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S308 (escaped here)


_LOW = mark_safe(' fetchpriority="low"')


@register.simple_tag(takes_context=True)
def module_preloads(context: template.RequestContext, *entries: str, bundled: bool = False, then: str = "") -> SafeString:
    """Links that fetch these modules, and all that they import at once, in one go. What `then` needs besides comes behind them.

    So on a slow line nothing that is shown first waits for it.
    """
    nonce = str(context["request"].csp_nonce)
    first = browser_modules.needed_by(*entries, bundled=bundled)
    behind = [address for address in browser_modules.needed_by(*entries, then, bundled=bundled) if address not in first] if then else []
    links = [(address, nonce, "") for address in first] + [(address, nonce, _LOW) for address in behind]
    return format_html_join("\n", '<link rel="modulepreload" href="{}" nonce="{}"{}>', links)


@register.simple_tag
def stylesheet_links(name: str) -> SafeString:
    """Links to all stylesheets of a bundle."""
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((address,) for address in stylesheets.addresses(name)))


@register.simple_tag
def stylesheet_addresses(name: str) -> str:
    """The URLs of a bundle, separated by spaces, for what loads it later."""
    return " ".join(stylesheets.addresses(name))
