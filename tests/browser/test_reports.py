"""The reports in the admin: by eye, keyboard and screen reader, in both schemes, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.axe import findings
from tests.support.served_people import make_admin
from tests.support.serving import Served, Serving

MOVED = """
window.moved = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => (moved += entry.value))).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def site(serve: Serving) -> Served:
    """A site of its own with a small month on it."""
    served = serve("http://127.0.0.1:9/v1", SITE_NAME="Parlour")
    served.manage("seed_demo", "--days", "9", "--replies", "400")
    return served


@pytest.fixture(scope="module")
def admin_key(site: Served) -> str:
    return make_admin(site, "alice")


@pytest.fixture
def page(open_context: Callable[..., BrowserContext], admin_key: str) -> Page:
    page = open_context(admin_key).new_page()
    page.add_init_script(MOVED)
    page.goto("/admin/reports/")
    expect(page.locator(".plot canvas")).to_have_count(4)
    return page


@pytest.fixture
def without_scripts(browser: Browser, site: Served, admin_key: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site.address, java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": admin_key, "url": site.address}])
    yield context.new_page()
    context.close()


def drawn(page: Page) -> list[Any]:
    """Whether each chart has something on it, and in which colours."""
    return page.evaluate("""() => [...document.querySelectorAll(".plot canvas")].map((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const colours = new Set();
        for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) colours.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
        return [...colours].sort().join(" ");
    })""")


def drawn_after(page: Page, change: Callable[[], object]) -> list[Any]:
    """What is drawn once the change has had all charts drawn again: the new colours are computed before the page hears of them."""
    before = page.locator(".plot canvas").element_handles()
    change()
    page.wait_for_function("(before) => before.every((canvas) => !canvas.isConnected)", arg=before)
    expect(page.locator(".plot canvas")).to_have_count(len(before))
    return drawn(page)


def open_tables(page: Page) -> None:
    for summary in page.locator("main summary").all():
        summary.click()


def test_axe_finds_nothing(page: Page) -> None:
    open_tables(page)
    assert findings(page) == []
    page.goto("/use/")
    open_tables(page)
    assert findings(page) == []


def test_colours_follow_the_theme(page: Page) -> None:
    light = drawn(page)
    assert all(light)
    dark = drawn_after(page, lambda: page.emulate_media(color_scheme="dark"))
    assert all(dark)
    assert all(one != other for one, other in zip(light, dark, strict=True))
    assert drawn_after(page, lambda: page.evaluate("document.documentElement.dataset.theme = 'light'")) == light


def test_charts_follow_the_width_and_nothing_jumps(page: Page) -> None:
    assert page.evaluate("moved") < 0.01
    for width in (1280, 700, 390):
        page.set_viewport_size({"width": width, "height": 860})
        page.wait_for_function(
            "() => [...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('.uplot').offsetWidth === plot.clientWidth)"
        )


def test_the_pointer_gets_the_numbers_of_the_table(page: Page) -> None:
    chart = page.locator("section.chart").first
    chart.locator("summary").click()
    cells = chart.locator("tbody tr").nth(3).locator("td").all_inner_texts()
    box = chart.locator(".u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 3.5 / 7, box["y"] + 40)
    tip = chart.locator(".tip")
    expect(tip).to_be_visible()
    assert tip.locator("span").all_inner_texts()[1::2] == cells
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_a_bar_a_point_and_a_row_open_their_attempts(page: Page) -> None:
    for chart, slot, wanted in (("replies", 5, {"outcome": ["ok"], "final__exact": ["1"]}), ("latency", 2, {"purpose__exact": ["answer"]})):
        section = page.locator(f"section.chart:has([data-chart={chart}])")
        section.scroll_into_view_if_needed()
        box = section.locator(".u-over").bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] * (slot + 0.5) / 7, box["y"] + box["height"] - 6)
        expect(section.locator(".tip")).to_contain_text("Click for the attempts")
        day = section.locator("tbody tr").nth(slot).locator("th a").get_attribute("href")
        page.mouse.down()
        page.mouse.up()
        page.wait_for_url("**/conversations/attempt/?*")
        asked, of_day = (parse_qs(urlsplit(url).query) for url in (page.url, str(day)))
        assert {**of_day, **wanted} == asked
        expect(page.locator(".active-filters li").first).to_contain_text("Time:")
        expect(page.locator("#result_list tbody tr").first).to_be_visible()
        page.go_back()
        expect(page.locator(".plot canvas")).to_have_count(4)
    page.locator(".chart summary").first.click()
    link = page.locator(".chart").first.locator("tbody th a").last
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/conversations/attempt/?*")


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.get_by_role("link", name="7 days").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/reports/?range=30d")
    expect(page.get_by_role("link", name="30 days")).to_have_attribute("aria-current", "true")
    summary = page.locator(".chart summary").first
    summary.focus()
    page.keyboard.press("Enter")
    numbers = page.get_by_role("region", name="Answers, numbers")
    expect(numbers).to_be_visible()
    page.keyboard.press("Tab")
    expect(numbers).to_be_focused()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV of Users").focus()
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.startswith("users-")


def test_it_is_readable_without_scripts(without_scripts: Page) -> None:
    page = without_scripts
    page.goto("/admin/reports/?range=30d")
    expect(page.get_by_role("heading", name="Error budget")).to_be_visible()
    expect(page.locator(".plot").first).to_be_hidden()
    page.locator(".chart summary").first.click()
    expect(page.get_by_role("region", name="Answers, numbers")).to_be_visible()
    page.get_by_role("link", name="24 hours").click()
    expect(page.get_by_role("link", name="24 hours")).to_have_attribute("aria-current", "true")
