"""The moment from which a page can be used: its scripts have run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest
from playwright.sync_api import Locator

ACTIONS = (
    *("check", "clear", "click", "dblclick", "drag_to", "fill", "hover", "press", "press_sequentially", "select_option"),
    *("set_checked", "set_input_files", "tap", "uncheck"),
)


@contextmanager
def waited_for() -> Iterator[None]:
    """Within it, whatever is done to an element waits until the scripts of its page have run. `focus` and keys of `page.keyboard` do not.

    Playwright waits until an element can be seen, which on a busy machine is long before: a link that a script enhances was then followed as a link.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ACTIONS:
            patch.setattr(Locator, name, _waiting(getattr(Locator, name)))
        yield


def _waiting(action: Any) -> Any:
    @wraps(action)
    def wait_and_act(locator: Locator, *arguments: Any, **options: Any) -> Any:
        locator.page.wait_for_load_state("domcontentloaded")
        return action(locator, *arguments, **options)

    return wait_and_act
