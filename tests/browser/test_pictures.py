"""The button that has a picture made of a message: what is wished, how far it has come, and what is done with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, expect

from tests.support.pictures import DRAWER, completed, partial, picture, streamed
from tests.support.serving import Served

from .chat import Chat, until
from .provider import Provider

CLICK_TWICE = "button => (button.click(), button.click())"
"""Before what it opens is loaded."""
ADD = f"""
from conversations.models import Model, Provider
Model.objects.create(provider=Provider.objects.get(origin="environment"), name="{DRAWER}", input_price=5, output_price=30)
"""


@pytest.fixture
def drawer(site: Served) -> Iterator[None]:
    site.run(ADD)
    yield
    site.rows("DELETE FROM conversations_model WHERE name = %s", DRAWER)


def open_offering(chat: Chat) -> Locator:
    """Open the page as soon as it offers to make pictures; returns the button for that."""
    button = chat.page.get_by_role("button", name="Make a picture")

    def is_offered() -> bool:  # the site reads what its providers have every other second
        chat.open()
        return button.is_visible()

    until(is_offered, 15)
    return button


def test_a_picture_is_wished_seen_coming_and_changed(
    drawer: None, open_context: Callable[..., BrowserContext], key: str, provider: Provider
) -> None:
    gate, hold = provider.gate()
    provider.answers("", streamed(partial(picture("gray")), hold, completed(picture("teal"))))
    page = open_context(key).new_page()
    chat = Chat(page)
    button = open_offering(chat)
    button.click()
    page.get_by_label("Size").select_option("Landscape")
    page.get_by_label("Quality").select_option("Low")
    expect(page.locator(".wish .price")).to_have_text("about $0.024")
    chat.send("A teal field")
    expect(button).to_have_attribute("aria-pressed", "false")
    coming = page.get_by_alt_text("The picture, as far as it has come")
    expect(coming).to_be_visible()
    gate.open()
    chat.ended("complete")
    expect(coming).to_have_count(0)
    image = chat.answer.get_by_role("img", name="A teal field")
    expect(image).not_to_have_js_property("naturalWidth", 0)
    with page.expect_download() as saving:
        chat.answer.get_by_role("link", name="Download").click()
    assert saving.value.path().read_bytes() == picture("teal")

    chat.answer.get_by_role("button", name="Change this").click()
    expect(page.locator(".composer").get_by_text("a-teal-field.png")).to_be_visible()
    expect(page.get_by_label("Size")).to_have_value("1536x1024")
    provider.answers("", streamed(completed(picture("navy"))))
    chat.ask("Darker")
    assert provider.server.streams[-1].path.endswith("/images/edits")
    page.reload()
    expect(chat.answers.get_by_role("img")).to_have_count(2)

    page.locator("#account").click()
    page.get_by_role("menuitem", name="Your pictures").click()
    expect(page.locator(".gallery .image")).to_have_count(2)
    page.locator(".gallery .image").last.click()
    expect(page.get_by_role("dialog").get_by_role("img", name="A teal field")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("dialog").get_by_role("img", name="Darker")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Change this picture: A teal field").click()
    expect(page.locator(".composer").get_by_text("a-teal-field.png")).to_be_visible()
    expect(page.get_by_label("Size")).to_be_visible()
    expect(page).not_to_have_url(re.compile("picture="))


def test_only_a_part_is_changed_that_is_painted_over(
    drawer: None, open_context: Callable[..., BrowserContext], key: str, provider: Provider
) -> None:
    """With a pointer, and undone; without one, the whole picture is chosen. The mask is transparent where was painted, and nowhere else."""
    provider.answers("", streamed(completed(picture("teal", (320, 240)))))
    page = open_context(key).new_page()
    chat = Chat(page)
    open_offering(chat).click()
    page.get_by_label("Size").wait_for()
    chat.ask("A field")
    paint = chat.answer.get_by_role("button", name="Change a part")
    paint.evaluate(CLICK_TWICE)
    whole, area = (page.get_by_role("button", name=f"Change {what}") for what in ("the whole picture", "this area"))
    expect(whole).to_be_focused()
    expect(area).to_be_disabled()
    canvas = page.locator(".painting canvas")
    canvas.click(position={"x": 5, "y": 5})
    page.keyboard.press("Control+z")
    expect(area).to_be_disabled()
    canvas.click(position={"x": 160, "y": 120})
    page.route("**/files/", lambda route: route.fulfill(status=403, json={"error": "There is no room for it.", "code": "limit"}))
    area.click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("There is no room for it.")
    page.unroute("**/files/")
    area.click()
    expect(page.get_by_text("Only the painted area")).to_be_visible()
    chat.ask("A tree there")
    mask = Image.open(BytesIO(provider.server.streams[-1].body["mask"][2])).convert("RGBA")
    assert (mask.size, mask.getpixel((160, 120)), mask.getpixel((5, 5))) == ((320, 240), (0, 0, 0, 0), (0, 0, 0, 255))
    chat.answer.get_by_role("button", name="Change a part").click()
    expect(whole).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".wish")).to_be_visible()
    expect(page.get_by_text("Only the painted area")).to_have_count(0)
    page.get_by_role("button", name="Make a picture").click()
    chat.answer.get_by_role("button", name="Variations").click()
    expect(chat.composer).to_have_value("Make a variation of this picture.")
