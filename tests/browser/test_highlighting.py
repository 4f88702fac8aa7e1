"""Code is coloured by as much of the highlighter as it needs: its own language, and those that stand in it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from conversations.pages.browser_modules import GRAMMARS

from .chat import Chat
from .provider import Provider

NAMES = """async (grammars) => {
  const { grammarsFor } = await import("markdown/grammars");
  const { default: highlighter } = await import("highlight");
  const wrong = [];
  for (const grammar of grammars) {
    highlighter.registerLanguage(grammar, (await import(`highlight/${grammar}`)).default);
    for (const name of [grammar, ...(highlighter.getLanguage(grammar).aliases ?? [])])
      if ([...grammarsFor(name.toUpperCase(), "")].join() !== grammar) wrong.push(name);
  }
  return wrong;
}"""
EMBEDDED = """async (grammars) => {
  const { grammarsFor } = await import("markdown/grammars");
  const source = ">>> $ <? <% <script <style html` css` gql`";
  return grammars.flatMap((grammar) => [...grammarsFor(grammar, source)]);
}"""
LOADED = """performance.getEntriesByType("resource").map(({ name }) => /highlight\\/languages\\/([\\w-]+)/.exec(name)?.[1])
  .filter(Boolean).sort().join()"""
PAGE = "<style>\n  p { color: red }\n</style>\n<script>\n  const one = 1;\n</script>"


def test_each_language_is_found_by_all_its_names_and_those_within_it_are_served(modules: Page) -> None:
    assert modules.evaluate(NAMES, GRAMMARS) == []
    assert set(modules.evaluate(EMBEDDED, GRAMMARS)) == set(GRAMMARS)


def test_only_languages_that_are_seen_are_loaded(chat: Chat, provider: Provider) -> None:
    provider.says("Two", f"```html\n{PAGE}\n```\n\n```unheard-of\nconst two = 2;\n```\n\n```sh\nif true; then echo; fi\n```")
    answer = chat.ask("Two")
    expect(answer.locator(".language-javascript .hljs-keyword")).to_have_text("const")
    expect(answer.locator(".language-css .hljs-attribute")).to_have_text("color")
    expect(answer.locator(".code").last.locator(".hljs-keyword").first).to_have_text("if")
    expect(answer.locator(".code").nth(1).locator("span[class]")).to_have_count(0)
    assert chat.page.evaluate(LOADED) == "bash,css,javascript,xml"
