"""What axe finds on pages in Chromium."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from playwright.sync_api import Page

from .serving import ROOT

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
OPTIONS: dict[str, Any] = {"preload": {"assets": ["media"]}, "resultTypes": ["violations"]}
"""All rules that are not experimental, of which none needs preloaded stylesheets; to preload them breaks the policy where one imports another."""
COLOURS: dict[str, Any] = {**OPTIONS, "runOnly": ["color-contrast", "link-in-text-block"]}
RUN = """async (options) => {
  if (!window.axe) return null;
  return (await axe.run(options)).violations;
}"""
LOOK = """async ([options, without, width, before, onlyHere]) => {
  if (!window.axe) return null;
  const scrollsSideways = () => document.documentElement.scrollWidth > innerWidth;
  const late = performance.now() + 5_000;
  while (scrollsSideways() && performance.now() < late) await new Promise(requestAnimationFrame); // charts follow in their own time
  const exclude = without.map((selector) => [selector]);
  window.seen ??= {};
  const only = onlyHere ? seen.only[width] : [];
  const isSame = onlyHere && only.every((one) => one.isConnected); // else they were drawn again, as charts are in another scheme
  if (!isSame) seen[width] = new Set([...document.body.querySelectorAll("*")].filter((one) => one.checkVisibility({ visibilityProperty: true })));
  const { violations } = await axe.run(isSame ? { include: only, exclude } : { exclude }, options);
  const seenOnly = (here, there) => {
    const found = here.difference(there);
    const isOnly = (one) => found.has(one) && one.isConnected && !without.some((selector) => one.closest(selector));
    return [...found].filter((one) => isOnly(one) && !isOnly(one.parentElement));
  };
  if (before) seen.only = { [width]: seenOnly(seen[width], seen[before]), [before]: seenOnly(seen[before], seen[width]) };
  const isSeenOnly = (at) => seen.only?.[at]?.length > 0;
  return { violations, sideways: scrollsSideways(), onlyHere: isSeenOnly(width), onlyBefore: isSeenOnly(before) };
}"""


def violations(page: Page, options: dict[str, Any] = OPTIONS) -> list[dict[str, Any]]:
    """What axe objects to on the page as it is."""
    page.wait_for_load_state()
    found: list[dict[str, Any]] = _evaluate(page, RUN, options)
    return found


def findings(page: Page, *, without: Sequence[str] = ()) -> list[str]:
    """What axe objects to, in both schemes and at both widths, but in elements of these selectors.

    All is looked at wide and light, then narrow and dark; what is seen at only one width is looked at there in the other scheme, too: a width
    changes what is there and where, and a scheme changes colours and nothing else.
    """
    found: list[str] = []

    def look(width: int, scheme: Literal["light", "dark"], *, before: int = 0, only_here: bool = False) -> dict[str, Any]:
        _show(page, width, scheme)
        seen: dict[str, Any] = _evaluate(page, LOOK, [COLOURS if only_here else OPTIONS, [*without], width, before, only_here])
        if seen["sideways"]:
            found.append(f"{page.url} scrolls sideways at {width} pixels")
        for violation in seen["violations"]:
            nodes = "; ".join(f"{node['html'][:160]} – {node.get('failureSummary', '')[:200]}" for node in violation["nodes"][:3])
            found.append(f"{page.url} {width} {scheme}: {violation['id']}: {nodes}")
        return seen

    page.wait_for_load_state()  # where a link was followed, its page has only begun
    look(1280, "light")
    narrow = look(390, "dark", before=1280)
    if narrow["onlyHere"]:
        look(390, "light", only_here=True)
    if narrow["onlyBefore"]:
        look(1280, "dark", only_here=True)
    _show(page, 1280, "light")
    return found


def _show(page: Page, width: int, scheme: Literal["light", "dark"]) -> None:
    if page.viewport_size != {"width": width, "height": 860}:  # the same size would draw the page again, too
        page.set_viewport_size({"width": width, "height": 860})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")


def _evaluate(page: Page, expression: str, argument: Any) -> Any:
    """With axe on the page. A renderer compiles a script once for all of its pages, but not what is evaluated within a function."""
    answer = page.evaluate(expression, argument)
    if answer is None:
        session = page.context.new_cdp_session(page)
        session.send("Runtime.evaluate", {"expression": AXE})
        session.detach()
        answer = page.evaluate(expression, argument)
    return answer
