"""A text's field is an editor: what stands behind it stays in line, names are marked, and words, lines and mistakes are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from conversations.models import Fragment, Model, Provider, SystemPrompt, User
from conversations.rendering import syntax
from conversations.studio import drafts
from conversations.studio.wording import wording_of
from tests.support.admin_pages import prompt_url, url
from tests.support.held_requests import HeldRequests

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = """# Shop

You help **customers** of {{ site }} (see [the policy](https://example.org/)).
{{> tone }}, {{> missing }} and {{ nmae }}.
ענה בעברית {{ date }} 👩‍👩‍👧‍👦 and a line that is longer than the field is wide, again and again, and so it is broken here and there.

\tTabs\tand   spaces.
```json
{"a": [1, {"b": "{{ user.groups }}"}]}
```
Open {{ name"""
SHOWN = """() => {
    const [field, layer, frame] = ["#id_text", ".editor-layer", ".editor-frame"].map((one) => document.querySelector(one));
    return {
        text: [...layer.children].map((line) => line.textContent).join("\\n"),
        needed: field.scrollHeight, height: field.clientHeight, behind: layer.offsetHeight,
        width: field.scrollWidth - field.clientWidth, beside: field.offsetWidth - layer.offsetWidth,
        numbers: document.querySelector(".editor-gutter").children.length,
    };
}"""


@pytest.fixture
def prompt(admin: User) -> SystemPrompt:
    Fragment.objects.create(name="tone").publish("Be kind.")
    found = SystemPrompt.objects.get(slug="assistant")
    drafts.save(found, {**wording_of(None), "text": TEXT}, admin)
    return found


@pytest.fixture
def page(contexts: Callable[[], BrowserContext], complaints: list[str]) -> Iterator[Page]:
    yield contexts().new_page()
    assert complaints == []


def write(page: Page, text: str) -> None:
    """As what the browser kept is put back; a hundred thousand characters that are typed take it half a minute."""
    put = "(field, text) => { field.value = text; field.dispatchEvent(new Event('input', { bubbles: true })); }"
    page.locator("#id_text").evaluate(put, text)


def in_line(page: Page) -> dict[str, Any]:
    shown: dict[str, Any] = page.evaluate(SHOWN)
    assert shown["text"] == page.locator("#id_text").input_value()
    assert shown["needed"] == shown["height"] == shown["behind"]
    assert shown["width"] == shown["beside"] == 0
    return shown


def test_what_is_behind_the_text_stays_in_line_with_it(prompt: SystemPrompt, page: Page) -> None:
    heights = []
    for width, zoom in ((1280, "1"), (390, "1"), (390, "1.3"), (1280, "0.9")):
        page.set_viewport_size({"width": width, "height": 900})
        if not heights:
            page.goto(prompt_url(prompt))
            write(page, f"{TEXT}\n{TEXT}")
            expect(page.locator(".editor-gutter > div").last).to_have_text("22")
        page.evaluate("zoom => { document.documentElement.style.zoom = zoom; }", zoom)
        heights.append(in_line(page)["behind"])
    assert heights[1] > heights[0] + 100, "lines are broken at both"
    page.evaluate("document.documentElement.style.zoom = 1")
    field = page.locator("#id_text")
    page.get_by_role("button", name="Wrap lines").click()
    expect(field).to_have_attribute("wrap", "off")
    unwrapped = in_line(page)
    assert unwrapped["behind"] < heights[0]
    assert page.evaluate("document.querySelector('.editor-frame').scrollWidth > document.querySelector('.editor-frame').clientWidth")
    page.get_by_role("button", name="Wrap lines").click()

    field.evaluate("field => { field.focus(); field.setSelectionRange(0, 0); }")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2})
    assert field.input_value().startswith("にほ# Shop")
    in_line(page)
    devtools.send("Input.insertText", {"text": "日本"})
    assert field.input_value().startswith("日本# Shop")
    in_line(page)
    field.press("Control+z")
    in_line(page)


def test_a_short_text_has_as_many_numbers_as_lines(prompt: SystemPrompt, page: Page) -> None:
    page.goto(prompt_url(prompt))
    numbers = page.locator(".editor-gutter > div")
    for lines in (["One", "Two", "Three"], ["One"], ["One", "Two"]):  # all of them are as high as the field
        write(page, "\n".join(lines))
        expect(numbers).to_have_text([str(number) for number in range(1, len(lines) + 1)])


def test_with_a_long_text_a_key_makes_its_own_line_again_and_no_other(prompt: SystemPrompt, page: Page) -> None:
    page.goto(prompt_url(prompt))
    field = page.locator("#id_text")
    write(page, (TEXT + "\n") * 300)
    assert len(field.input_value()) > 100_000
    in_line(page)
    page.evaluate("""() => {
        window.made = 0;
        const count = (changes) => { for (const one of changes) window.made += one.addedNodes.length; };
        new MutationObserver(count).observe(document.querySelector(".editor-layer"), { childList: true, subtree: true });
    }""")
    field.evaluate("field => { field.focus(); field.setSelectionRange(7, 7); }")
    for key in ("x", "Enter", "y", "Backspace"):
        field.press(key)
    assert in_line(page)["numbers"] < 200
    assert page.evaluate("window.made") <= 5, "Enter makes two"


def test_names_that_are_wrong_are_marked_and_lead_to_their_line(prompt: SystemPrompt, page: Page) -> None:
    Model.objects.create(
        provider=Provider.objects.create(name="House", base_url="http://127.0.0.1:1/v1", default_model="house"),
        name="house",
        input_price="2.00",
        output_price="8.00",
    )
    page.goto(prompt_url(prompt))
    wrong = page.locator(".editor-layer .wrong")
    expect(wrong).to_have_text(["{{> missing }}", "{{ nmae }}", "{{"])
    problems = page.locator(".prompt-problems")
    problems.get_by_role("button", name="Line 4, column 33").click()
    assert page.evaluate("document.activeElement.selectionStart") == TEXT.index("{{ nmae")
    expect(page.locator(".prompt-counts")).to_contain_text("about 94 tokens · about $0.188 for")
    expect(page.locator(".prompt-counts")).to_contain_text("1,000 answers, without what its fragments say")

    listed = page.get_by_role("status").get_by_role("list")  # which a list that is a status itself isn't for screen readers
    expect(listed.get_by_role("button", name="Line 4, column 33")).to_be_visible()

    field = page.locator("#id_text")
    field.fill("{{ nmae }} \\{{ {{> tone }} {{ user.name }}")
    expect(wrong).to_have_text(["{{ nmae }}"])
    page.get_by_role("button", name="Add a variable").click()
    page.get_by_role("group", name="New variable").get_by_label("Name").fill("nmae")
    expect(wrong).to_have_count(0)
    expect(page.locator(".editor-layer span")).to_have_class(["variable", "fragment", "variable"])


def test_names_stay_marked_that_move_while_the_draft_is_saved(prompt: SystemPrompt, page: Page) -> None:
    held = HeldRequests(page, "**/draft/", "POST")
    page.goto(prompt_url(prompt))
    wrong = page.locator(".editor-layer .wrong")
    field = page.locator("#id_text")
    field.evaluate("field => field.form.addEventListener('autosaved', () => { window.hasHeard = true; })")
    field.press("End")
    field.press("x")
    first = held.next()
    field.press("Control+Home")
    field.press("Enter")
    first.continue_()
    page.wait_for_function("() => window.hasHeard")  # after the editor, which began to listen before; what follows is held
    assert wrong.all_inner_texts() == ["{{> missing }}", "{{ nmae }}", "{{"]


def test_words_are_found_and_the_text_is_shown_as_markdown(prompt: SystemPrompt, page: Page) -> None:
    page.goto(prompt_url(prompt))
    name, links = (page.locator(one).bounding_box() for one in ("#content > h2", ".object-tools"))
    assert name and links
    assert name["y"] + name["height"] <= links["y"], "they cover it"
    field, count = page.locator("#id_text"), page.locator(".editor-find [role=status]")
    field.press("Control+Home")
    field.press("Control+Shift+F")
    words = page.get_by_label("Find in the text")
    words.fill("AND")
    expect(count).to_have_text("1 of 6")
    words.press("Shift+Enter")
    expect(count).to_have_text("6 of 6")
    words.press("Enter")
    words.press("Enter")
    expect(count).to_have_text("2 of 6")
    words.fill("no (such")
    expect(count).to_have_text("Not found")
    words.fill("[the")
    words.press("Escape")
    expect(field).to_be_focused()
    assert field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == "[the"
    expect(page.get_by_role("search", name="Find")).to_be_hidden()
    assert page.url.endswith(prompt_url(prompt)), "nothing was saved"

    markdown = page.get_by_role("button", name="As Markdown")
    markdown.click()
    shown = page.get_by_role("region", name="Markdown")
    assert page.locator(".sprite").evaluate("icons => icons.getBoundingClientRect().height") == 0, "they take room above the form"
    expect(shown.get_by_role("heading", name="Shop")).to_be_visible()
    expect(shown.get_by_role("link", name="the policy")).to_be_visible()
    expect(field).to_be_hidden()
    page.locator(".prompt-problems").get_by_role("button").first.click()
    expect(field).to_be_focused()
    expect(markdown).to_have_attribute("aria-pressed", "false")

    page.goto(url("fragment_change", Fragment.objects.get().pk))
    field.fill("{{ anything }} {{")
    expect(page.locator(".editor-layer .wrong")).to_have_text(["{{"])


def test_the_final_text_of_what_stands_in_the_form_is_shown_and_nothing_is_saved(prompt: SystemPrompt, page: Page, alice: User) -> None:
    alice.first_name = "{{ site }}"
    alice.save()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(url("systemprompt_add"))
    write(page, "{{> tone }} For {{ user.name }}: {{ topic }}.")
    page.locator("#id_variables").evaluate(
        "field => { field.value = JSON.stringify([{ name: 'topic', type: 'choice', choices: ['sea', 'sky'] }]); }"
    )
    opening = page.get_by_role("button", name="Final text …")
    opening.click()
    dialog = page.get_by_role("dialog", name="Final text")
    text = dialog.get_by_label("System prompt").locator("pre")
    expect(text).to_have_text("Be kind. For admin: ‹topic›.")
    dialog.get_by_label("Topic").select_option("sea")
    expect(text).to_have_text("Be kind. For admin: sea.")
    dialog.get_by_label("As this user gets it").fill("alice")
    expect(text).to_have_text("Be kind. For {{ site }}: sea.")
    expect(dialog.get_by_role("status")).to_contain_text("tokens before the conversation")
    expect(dialog.locator(".preview-parts li").first).to_have_text("fragment tone v1: about 5 tokens")
    dialog.get_by_label("As this user gets it").fill("nobody")
    expect(dialog.locator(".error")).to_have_text("There is no user called nobody.")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.keyboard.press("Escape")
    expect(opening).to_be_focused()
    write(page, "{{ nothing }}")
    opening.click()
    expect(dialog.locator(".error").first).to_contain_text("Line 1, column 1: There is no variable “nothing”")
    expect(dialog.get_by_role("status")).to_have_text("It can’t be sent like this.")
    assert SystemPrompt.objects.count() == 1


def test_the_editor_reads_names_as_they_are_sent(prompt: SystemPrompt, page: Page) -> None:
    page.goto(prompt_url(prompt))
    written = ["{", "{{", "{{{", "\\", "\\{{", "}}", "a.b_1", " ", "\t", ">", "> tone", "@3", "é", "🙂", "{{ a }}", "{{>b-c@12}}", "-"]
    lines = [one + other + third for one in written for other in written for third in written]
    read = page.evaluate(
        """async (lines) => {
            const { insertions } = await import("admin/editor/syntax");
            return lines.map((line) => insertions(line).map(({ kind, from, name }) => [kind, Array.from(line.slice(0, from)).length, name]));
        }""",
        lines,
    )
    assert read == [[told for piece in syntax.pieces(line) if (told := _as_marked(piece))] for line in lines]


def test_a_line_is_cut_in_a_time_that_grows_with_its_names_and_no_faster(prompt: SystemPrompt, page: Page) -> None:
    page.goto(prompt_url(prompt))
    cut = """async (line) => {
        const { pieces } = await import("admin/editor/syntax");
        const before = performance.now();
        const kinds = pieces(line, "", ({ name }) => name === "b").map(({ text, kinds }) => `${text}:${kinds}`);
        return [kinds, performance.now() - before];
    }"""
    kinds, _ = page.evaluate(cut, "x **{{ a }} y** {{ b }}`c`")
    assert kinds == ["x :", "**:strong", "{{ a }}:variable,strong", " y**:strong", " :", "{{ b }}:variable,wrong", "`c`:code"]
    times = []
    for _ in range(3):  # a busy machine halts for as long, but hardly in each of them
        kinds, milliseconds = page.evaluate(cut, "{{ a }}" * 60_000)
        assert len(kinds) == 60_000
        times.append(milliseconds)
    assert min(times) < 5_000  # a fiftieth of it where it is quick, and many times as much where each name looks at all others


def test_keys_of_an_input_method_are_left_to_it(prompt: SystemPrompt, page: Page) -> None:
    page.goto(prompt_url(prompt))
    press = """(field, isComposing) =>
        !field.dispatchEvent(new KeyboardEvent("keydown", { key: "Tab", isComposing, bubbles: true, cancelable: true }))"""
    text = page.locator("#id_text")
    text.focus()
    assert [text.evaluate(press, isComposing) for isComposing in (True, False)] == [False, True]
    assert len(text.input_value()) == len(TEXT) + 2


def _as_marked(piece: syntax.Piece) -> list[Any] | None:
    match piece:
        case syntax.Name(name, at):
            return ["variable", at, name]
        case syntax.Include(fragment, number, at):
            return ["fragment", at, fragment if number is None else f"{fragment}@{number}"]
        case syntax.Broken(at):
            return ["broken", at, ""]
        case _:
            return None
