"""The script of a widget is small, whole in one file, and says what the widget is to be."""

from __future__ import annotations

import gzip

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from conversations.widgets import script
from tests.support import widget_visitors

pytestmark = pytest.mark.django_db(transaction=True)

MOST_BYTES = 20_000
"""Compressed."""


async def test_it_is_small_and_asked_for_again_only_when_it_changed() -> None:
    widget = await sync_to_async(widget_visitors.widget)(title="Ask </script> us", starters=["Boots?"])
    address = f"/widget/{widget.key}.js"
    given = await AsyncClient().get(address, headers={"Accept-Encoding": "br, gzip"})
    assert given["Content-Type"].startswith("text/javascript") and given["Content-Encoding"] == "gzip"
    assert given["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(given.content) < MOST_BYTES
    text = gzip.decompress(given.content).decode()
    assert text == script.text_of(widget) and '"title":"Ask </script> us"' in text and ":host{" in text
    for never in ("innerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "import(", "$settings", "import {", "/**"):
        assert never not in text
    again = await AsyncClient().get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": given["ETag"]})
    assert again.status_code == 304
