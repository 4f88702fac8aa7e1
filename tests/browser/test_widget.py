"""The widget on a page of another origin, whose policy lets in nothing else: talked to, lost and found again, by mouse, keyboard and phone."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, FilePayload, Locator, Page, expect

from tests.support.axe import OPTIONS, violations
from tests.support.held_requests import HeldRequests
from tests.support.host_pages import HostPages
from tests.support.jobs import until
from tests.support.pictures import picture
from tests.support.running_chromium import PATIENCE_MS
from tests.support.scripted_openai import Gate, failure
from tests.support.serving import Served

from .provider import Provider
from .watched_contexts import WATCH_POLICY

PAGE = """<!doctype html><html lang="{language}" dir="{dir}"><meta name="viewport" content="width=device-width"><title>Shop</title>
<main><h1>Shoes</h1><p><a href="/two">Sandals</a></p></main>
<script src="{site}/widget/{key}.js" async></script></html>"""
SETUP = """
from decimal import Decimal
from conversations.models import SystemPrompt, Widget
from conversations.widgets import group_limits
prompt, _ = SystemPrompt.objects.get_or_create(slug="clerk", defaults={{"name": "Clerk", "audience": "nobody"}})
prompt.publish(text="You sell shoes.")
made = Widget.objects.create(name="{name}", key="{name}", prompt=prompt, origins=["{origin}"], title="Ask the shop", greeting="What may it be?",
    starters=["Boots?"], layout="{layout}", accent="#7a3b10", hands_over=True,
    takes_pictures=True)
group_limits.save(made, 1000, Decimal(10))
"""
MARKDOWN = """# Boots in C# ##

They are **warm**, *dry* and `size 41`; see [ours](https://shop.example/boots) or [these](javascript:alert(1)),
or (https://shop.example/a_(b))...

1. Brown
2. Black
   - with laces

```js
if (a < b) alert("<b>no</b>")
```

| Size | There |
| --- | --- |
| 41 | yes |

<img src=x onerror=alert(1)>"""

COUNT_READ = """() => {
  window.picturesRead = 0;
  const read = createImageBitmap;
  window.createImageBitmap = async (...given) => {
    const image = await read(...given);
    const close = image.close.bind(image);
    image.close = () => (close(), void (picturesRead += 1));
    return image;
  };
}"""


@pytest.fixture(scope="module")
def host(site: Served) -> Iterator[HostPages]:
    with HostPages(site.address).served() as pages:
        yield pages


@pytest.fixture
def open_page(browser: Browser, site: Served, host: HostPages) -> Iterator[Callable[..., Page]]:
    """Opens the host's page, with a widget of its own, in a browser of its own. Nothing on it may go wrong."""
    contexts, trouble = [], list[str]()

    def opened(*, layout: str = "bubble", language: str = "en", direction: str = "ltr", **options: Any) -> Page:
        name = f"widget-{uuid.uuid4().hex[:12]}"
        site.run(SETUP.format(name=name, origin=host.address, layout=layout))
        text = PAGE.format(site=site.address, key=name, language=language, dir=direction)
        host.texts = {"/": text, "/two": text}
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **options})
        contexts.append(context)
        context.add_init_script(WATCH_POLICY)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on("console", lambda message: trouble.append(f"console: {message.text}") if is_trouble(message) else None)
        page.goto(f"{host.address}/")
        return page

    yield opened
    for context in contexts:
        trouble += [str(rule) for page in context.pages for rule in page.evaluate("brokenRules.splice(0)")]
        context.close()
    assert trouble == []


def is_trouble(message: ConsoleMessage) -> bool:
    """The browser itself tells of what was refused, and of what was asked for while it was offline."""
    return message.type == "error" and not any(told in message.text for told in ("status of 429", "net::ERR_INTERNET_DISCONNECTED"))


def field(page: Page) -> Locator:
    return page.get_by_role("textbox")


def answers(page: Page) -> Locator:
    return page.locator(".message.assistant .body")


def ask(page: Page, text: str) -> None:
    field(page).fill(text)
    field(page).press("Enter")


def half_answered(open_page: Callable[..., Page], provider: Provider) -> tuple[Page, Gate]:
    """A page on which half of an answer is seen, and the gate before the rest."""
    gate, held = provider.gate()
    provider.says("Boots?", "We have ", held, "some.")
    page = open_page(layout="inline")
    ask(page, "Boots?")
    expect(answers(page).nth(1)).to_have_text("We have")
    return page, gate


def test_it_is_talked_to_and_there_after_a_reload(open_page: Callable[..., Page], provider: Provider) -> None:
    provider.says("Boots?", MARKDOWN)
    page = open_page()
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_role("dialog", name="Ask the shop")).to_be_visible()
    expect(field(page)).to_be_focused()
    expect(answers(page)).to_have_text(["What may it be?"])
    page.get_by_role("button", name="Boots?").click()
    answer = answers(page).nth(1)
    expect(page.get_by_role("button", name="Good answer")).to_be_visible()
    expect(answer.get_by_role("heading", name="Boots in C#", exact=True)).to_be_visible()
    expect(answer.locator("strong, em, p code")).to_have_text(["warm", "dry", "size 41"])
    expect(answer.get_by_role("link")).to_have_text(["ours", "https://shop.example/a_(b)"])
    assert answer.get_by_role("link").first.get_attribute("href") == "https://shop.example/boots"
    expect(answer.locator("ol > li > ul > li")).to_have_text(["with laces"])
    expect(answer.locator("pre")).to_have_text('if (a < b) alert("<b>no</b>")')
    expect(answer.get_by_role("cell")).to_have_text(["41", "yes"])
    expect(answer.locator("p").last).to_have_text("<img src=x onerror=alert(1)>")
    with page.expect_response("**/feedback"):
        page.get_by_role("button", name="Good answer").click()
    page.get_by_role("link", name="Sandals").click()
    page.wait_for_url("**/two")
    expect(answers(page)).to_have_count(2)  # where it was open it is open on the next page
    expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="New conversation").click()
    expect(answers(page)).to_have_count(1)
    page.reload()
    expect(page.get_by_role("button", name="Boots?")).to_be_visible()
    field(page).press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Open chat")).to_be_focused()


def test_a_judgement_is_saved_though_the_page_is_left_at_once(open_page: Callable[..., Page], site: Served) -> None:
    page = open_page(layout="inline")
    ask(page, "Boots?")
    before = site.rows("SELECT count(*) FROM conversations_feedback")[0][0]
    page.get_by_role("button", name="Good answer").evaluate("button => { button.click(); location.assign('/two'); }")
    expect(answers(page)).to_have_count(2)
    until(lambda: site.rows("SELECT count(*) FROM conversations_feedback")[0][0] > before)
    page.reload()
    expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")


def test_an_answer_goes_on_after_a_reload_and_a_lost_connection(open_page: Callable[..., Page], provider: Provider) -> None:
    page, gate = half_answered(open_page, provider)
    page.reload()
    expect(answers(page).nth(1)).to_have_text("We have")
    page.context.set_offline(True)
    page.context.set_offline(False)
    gate.open()
    expect(answers(page).nth(1)).to_have_text("We have some.")
    expect(page.get_by_role("button", name="Good answer")).to_be_visible()
    expect(page.locator(".message.user")).to_have_count(1)
    assert provider.asked("Boots?") == 1


def test_an_answer_that_could_not_be_followed_is_not_asked_for_again(open_page: Callable[..., Page], provider: Provider) -> None:
    page, gate = half_answered(open_page, provider)
    page.route("**/answers/*", lambda route: route.fulfill(status=429, headers={"Access-Control-Allow-Origin": "*"}, body="{}"))
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("as much as may be asked")
    page.unroute("**/answers/*")
    page.get_by_role("button", name="Try again").click()
    gate.open()
    expect(answers(page).nth(1)).to_have_text("We have some.")
    assert provider.asked("Boots?") == 1


def test_a_message_that_was_refused_says_so_when_another_is_sent_instead(open_page: Callable[..., Page], provider: Provider) -> None:
    provider.says("Shoes?", "Yes.")
    page = open_page(layout="inline")
    page.route("**/messages", lambda route: route.fulfill(status=429, headers={"Access-Control-Allow-Origin": "*"}, body="{}"))
    ask(page, "Boots?")
    expect(page.get_by_role("alert")).to_contain_text("as much as may be asked")
    expect(page.get_by_text("Not sent.")).to_have_count(0)
    page.unroute("**/messages")
    ask(page, "Shoes?")
    expect(answers(page)).to_have_text(["What may it be?", "Yes."])
    expect(page.locator(".message.user .note")).to_have_text(["Not sent.", ""])
    assert provider.asked("Boots?") == 0


def test_one_is_stopped_and_one_that_failed_is_tried_again(open_page: Callable[..., Page], provider: Provider) -> None:
    gate, held = provider.gate()
    provider.says("Boots?", "We ", held)
    provider.answers("Fail", failure(401, "No."))
    page = open_page(layout="inline", language="de-AT")
    ask(page, "Boots?")
    expect(answers(page).nth(1)).to_have_text("We")
    page.get_by_role("button", name="Anhalten").click()
    expect(page.get_by_text("Angehalten.")).to_be_visible()
    gate.open()
    ask(page, "Fail")
    expect(page.get_by_text("Diese Antwort ist fehlgeschlagen.")).to_be_visible()
    provider.says("Fail", "Fine.")
    page.get_by_role("button", name="Noch einmal versuchen").last.click()
    expect(answers(page).last).to_have_text("Fine.")
    expect(answers(page)).to_have_count(3)


def test_one_is_stopped_whose_question_is_still_on_its_way(open_page: Callable[..., Page], provider: Provider) -> None:
    _, held = provider.gate()
    provider.says("Shoes?", "Yes.")
    provider.says("Boots?", held, "We have some.")
    page = open_page(layout="inline")
    ask(page, "Shoes?")
    expect(page.get_by_role("button", name="Good answer")).to_be_visible()  # it is over, and the composer takes another
    on_its_way = HeldRequests(page, "**/messages", "POST")
    ask(page, "Boots?")
    page.get_by_role("button", name="Stop").click()
    on_its_way.next().continue_()
    expect(page.get_by_text("Stopped.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_alone_from_the_right_and_axe_finds_nothing(
    open_page: Callable[..., Page], provider: Provider, scheme: str
) -> None:
    provider.says("Boots?", MARKDOWN)
    page = open_page(language="ar", direction="rtl", viewport={"width": 390, "height": 700}, color_scheme=scheme, bypass_csp=True)
    page.get_by_role("button", name="Open chat").click()
    box = page.get_by_role("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 700}
    close = page.get_by_role("button", name="Close chat").bounding_box()
    assert close and close["x"] < 20
    ask(page, "Boots?")
    expect(page.get_by_role("button", name="Good answer")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = violations(page, {**OPTIONS, "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_pictures_are_sent_and_there_after_a_reload(open_page: Callable[..., Page], provider: Provider) -> None:
    provider.says("These?", "Yes.")
    page = open_page(layout="inline")
    drawn = [picture(colour, (900, 600)) for colour in ("teal", "gray", "navy", "olive")]
    files: list[FilePayload] = [{"name": "boot.png", "mimeType": "image/png", "buffer": data} for data in drawn]
    page.evaluate(COUNT_READ)
    page.locator("input[type=file]").set_input_files(files)
    page.wait_for_function("() => picturesRead === 4")  # one that is read later would take the place of the one that is removed
    expect(page.locator("form canvas")).to_have_count(3)
    page.get_by_role("button", name="Remove this picture").first.click()
    ask(page, "These?")
    expect(page.locator(".user canvas")).to_have_count(2)
    expect(page.get_by_role("button", name="Good answer")).to_be_visible()
    page.reload()
    expect(page.locator(".user img")).to_have_count(2)
    seen = "images => Promise.all(images.map((image) => image.decode().then(() => image.naturalWidth)))"
    assert page.locator(".user img").evaluate_all(seen) == [900, 900]


def test_it_goes_on_in_the_whole_page(open_page: Callable[..., Page], provider: Provider, site: Served, key: str) -> None:
    provider.says("Boots?", "We have some.")
    page = open_page()
    page.context.add_cookies([{"name": "sessionid", "value": key, "url": site.address}])
    page.get_by_role("button", name="Open chat").click()
    ask(page, "Boots?")
    expect(page.get_by_role("button", name="Good answer")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Continue on the full page").click()
    opened.value.get_by_role("button", name="Continue here").click()
    expect(opened.value.locator('[data-role="assistant"]')).to_contain_text("We have some.")
    page.reload()
    expect(field(page)).to_be_visible()
    expect(answers(page)).to_have_count(1)
