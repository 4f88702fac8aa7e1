"""Markdown as models write it, where CommonMark alone would lose words or find signs that aren't meant; whole and streamed alike."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page

# What is seen: text with <del>, <strong>, links, formulas and code marked. Breaks are newlines.
SEE = """async (texts) => {
  const { MarkdownView } = await import("markdown/view");
  const marks = {
    STRONG: (text) => `<strong>${text}</strong>`, EM: (text) => `<em>${text}</em>`, DEL: (text) => `<del>${text}</del>`,
    SUB: (text) => `<sub>${text}</sub>`, KBD: (text) => `<kbd>${text}</kbd>`, CODE: (text) => `<code>${text}</code>`,
    B: (text) => `<b>${text}</b>`, U: (text) => `<u>${text}</u>`, SUP: (text) => `<sup>${text}</sup>`, BR: () => "\\n",
    A: (text, link) => (link.getAttribute("href").startsWith("#") ? text : `<a>${text}</a>`),
    TD: (text) => `[${text}]`, TH: (text) => `[${text}]`, LI: (text) => `• ${text}\\n`, H3: (text) => `# ${text}\\n`, P: (text) => `${text}\\n`,
    HEADER: () => "",
  };
  const seen = (node) => {
    if (node instanceof Text) return node.data.replace(/\\n/g, node.parentElement.closest("pre") ? "\\n" : "");
    if (node.dataset?.math) return node.dataset.math === "block" ? `{{${node.textContent}}}` : `{${node.textContent}}`;
    return (marks[node.tagName] ?? ((text) => text))([...node.childNodes].map(seen).join(""), node);
  };
  const shown = (...steps) => {
    const view = new MarkdownView("x");
    steps.forEach((step) => view.update(step, false));
    while (!view.update(steps.at(-1), true));
    return seen(view.element).trim();
  };
  return texts.map((text) => {
    const whole = shown(text);
    const letters = Array.from({ length: text.length }, (_, at) => text.slice(0, at + 1));
    const cuts = letters.map((start, at) => [at + 1, shown(start, text)]);
    return [whole, ...[["letter by letter", shown(...letters)], ...cuts].filter(([, other]) => other !== whole).map(String)];
  });
}"""

SAME = object()
"""Nothing in it is meant as a sign."""

KINDS: dict[str, dict[str, Any]] = {
    "single tildes": {
        "9시~11시, 12시~1시": SAME,
        "約10~20円と30~40分": SAME,
        "~5公里和~2小时": SAME,
        "H~2~O": SAME,
        "~/bin and ~/lib": SAME,
        "~~This~~ is": "<del>This</del> is",
        "~~9시~11시~~는": "<del>9시~11시</del>는",
        "这~~（旧）~~的": "这<del>（旧）</del>的",
        "a ~~~ b ~~~ c": SAME,
    },
    "emphasis beside CJK signs": {
        "**重要：**请注意": "<strong>重要：</strong>请注意",
        "这是**“引号”**里": "这是<strong>“引号”</strong>里",
        "**テスト。**テスト": "<strong>テスト。</strong>テスト",
        "これは**「強調」**です": "これは<strong>「強調」</strong>です",
        "**이 용어(This term)**를": "<strong>이 용어(This term)</strong>를",
        "使用**`code`**吧": "使用<strong><code>code</code></strong>吧",
        "*（注）*です": "<em>（注）</em>です",
        "价格**5%**起": "价格<strong>5%</strong>起",
        "x**a*)**  )": "x<strong>a*)</strong>  )",
        "变量_名_称与 snake_case_name": SAME,
        "a**。**b": "a<strong>。</strong>b",
        "***太**重要*。": "<em><strong>太</strong>重要</em>。",
        "𠮷**（野家）**𠮷": "𠮷<strong>（野家）</strong>𠮷",
        "2 * 3 * 4 und 5*6*7": "2 * 3 * 4 und 5<em>6</em>7",
    },
    "bare addresses": {
        "请看https://example.org/docs。谢谢": "请看<a>https://example.org/docs</a>。谢谢",
        "是 https://example.org/a?b=1，然后": "是 <a>https://example.org/a?b=1</a>，然后",
        "はhttps://example.org/g（日本語）": "は<a>https://example.org/g</a>（日本語）",
        "**https://example.org/b**。": "<strong><a>https://example.org/b</a></strong>。",
        "「https://example.org/x」と": "「<a>https://example.org/x</a>」と",
        "打开https://example.org即可": "打开<a>https://example.org</a>即可",
        "https://ja.wikipedia.org/wiki/東京 は": "<a>https://ja.wikipedia.org/wiki/東京</a> は",
        "see (https://example.org/d).": "see (<a>https://example.org/d</a>).",
        "“https://example.org/q” and": "“<a>https://example.org/q</a>” and",
        "写信到me@example.org。": "写信到<a>me@example.org</a>。",
    },
    "dollars": {
        "Set $HOME/bin:$PATH before": SAME,
        "In PHP, $user ($admin) and $a->b($c) differ": SAME,
        "I hold $AAPL ($TSLA is dear), $AMD/$NVDA": SAME,
        "Input ($/1M) vs. Output ($/1M)": SAME,
        "from $1,000 (~$US 900) to $1,200": SAME,
        "${HOME}/bin:${PATH} and $(date), $(id)": SAME,
        "$1$2 and $1/$2": SAME,
        "Make $$$ fast, get $$$ now": SAME,
        "Rated $$ to $$$": SAME,
        "echo $$; kill $$": SAME,
        "between $20–$30, or 20$-30$": SAME,
        "$.50/$.75 each": SAME,
        "$5, i.e. 5$ more": SAME,
        "**$5** and **6$**": "<strong>$5</strong> and <strong>6$</strong>",
        "$5 for `a$`": "$5 for <code>a$</code>",
        "A$AP, Ke$ha and $hort": SAME,
        "$a^2 + b^2 = c^2$ and $x$.": "{a^2 + b^2 = c^2} and {x}.",
        "the $n$th, $i$-th and $f(x)$": "the {n}th, {i}-th and {f(x)}",
        "其中$x$是": "其中{x}是",
        "10$^{-3}$ of CO$_2$": "10{^{-3}} of CO{_2}",
        "$\\{1,2\\}$, $[0, 1)$, $|x|$": "{\\{1,2\\}}, {[0, 1)}, {|x|}",
        "I paid $20, so $20-5=15$.": "I paid $20, so {20-5=15}.",
        "$x*y$ and $z*w$": "{x*y} and {z*w}",
        "$$x$$": "{{x}}",
        "$$\na\n\nb\n$$\nend": "{{a\n\nb}}end",
        "above\n$$\na\n\nnever closed": "above\n$$\na\nnever closed",
    },
    "escaped brackets": {
        "shown \\[1\\], and \\[2, 3\\]": "shown [1], and [2, 3]",
        "run \\[options\\] FILE, or f\\(x\\)": "run [options] FILE, or f(x)",
        "silence \\[do not\\] count": "silence [do not] count",
        "\\[1\\] Smith\n\nmore \\[2\\]": "[1] Smith\nmore [2]",
        "- \\[x\\] done": "• [x] done",
        "(\\[1\\]) on one line": "([1]) on one line",
        "arr\\[i+1\\], \\[a-z\\], \\[^abc\\]": "arr[i+1], [a-z], [^abc]",
        "\\[text\\]\\(there\\) \\(see Table 2\\)": "[text](there) (see Table 2)",
        "\\(e.g., 2024\\), \\(50%\\), \\(注\\)": "(e.g., 2024), (50%), (注)",
        "A: \\[ \\int_0^1 x\\,dx \\] so": "A: {{\\int_0^1 x\\,dx}} so",
        "\\( e^{i\\pi} = -1 \\) and \\(n\\)": "{e^{i\\pi} = -1} and {n}",
        "\\(F = ma\\), \\(2x + y\\), \\(x, y\\)": "{F = ma}, {2x + y}, {x, y}",
        "其中\\(x\\)是": "其中{x}是",
        "so\n\\[\nx = 1\n\n+ 2\n\\]\nend": "so\n{{x = 1\n\n+ 2}}end",
    },
    "environments without delimiters": {
        "Thus\n\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}\nend": "Thus\n{{\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}}}end",
        "\\begin{align*}\na\n\nb\n\\end{align*}": "{{\\begin{align*}\na\n\nb\n\\end{align*}}}",
        "is \\begin{pmatrix}1 & 2\\end{pmatrix}.": "is {\\begin{pmatrix}1 & 2\\end{pmatrix}}.",
        "\\begin{document}\nx\n\\end{document}": SAME,
        "\\begin{align}\nnever closed\n\nbelow": "\\begin{align}\nnever closed\nbelow",
    },
    "footnotes": {
        "use [^aeiou]+ or [^0-9]": SAME,
        "A note.[^1] No note: [^2].\n\n[^1]: The note.": "A note.<sup>1</sup> No note: [^2].\n1The note.",
        "[a][r]\n\n[r]: https://example.org": "<a>a</a>",
        "- in a list[^n]\n\nText.\n\nMore\nlines.\n\n[^n]: Note.": "• in a list<sup>n</sup>\nText.\nMore\nlines.\nnNote.",
    },
    "fences inside a fence for Markdown": {
        "```markdown\n# A\n\n```bash\nnpm i\n```\n\n## B\n```\n\n**Bold**": "<code># A\n\n```bash\nnpm i\n```\n\n## B</code><strong>Bold</strong>",
        "1. x\n   ```md\n   ```sh\n   a\n   ```\n   ```\n2. y": "• x<code>```sh\na\n```</code>\n• y",
        "````markdown\n```sh\na\n```\n````\nb": "<code>```sh\na\n```</code>b",
        "```md\n~~~\na\n```\nb": "<code>~~~\na</code>b",
        "```text\n```bash\n```\nb": "<code>```bash</code>b",
        "```md\n`a` and\n```js\nb\n```\n```json\nc\n```\n```\nd": "<code>`a` and\n```js\nb\n```\n```json\nc\n```</code>d",
    },
    "tags that are talked about": {
        "The <div> and <b> tags, <details>": SAME,
        "List<String>, ssh <user>@<host>, <your name>": SAME,
        "Use <b> and </b> around, or <b></b>": SAME,
        "a <!-- note --> b, <!-- open": SAME,
        "<script>alert(1)</script>": SAME,
        "<div> is **a**\nblock": "<div> is <strong>a</strong>\nblock",
        "<details>\n<summary>S</summary>\n\nIn **b**\n\n</details>": "<details>\n<summary>S</summary>\nIn <strong>b</strong>\n</details>",
        "Use <br> for a break, (<br>)": SAME,
        "one<br>two <br>\nthree": "one\ntwo \nthree",
        "H<sub>2</sub>O, <kbd>C</kbd>": "H<sub>2</sub>O, <kbd>C</kbd>",
        "<u>under **bold**</u>": "<u>under <strong>bold</strong></u>",
        "# The <title> tag": "# The <title> tag",
    },
    "what looked like a formula or a heading": {
        "- \\begin{align}x\n\nword": "• \\begin{align}x\nword",
        "> a\n> \\begin{align}\n\nword": "a\n\\begin{align}\nword",
        "- a\n- $$\n  x\n\nword $y^2$": "• a\n• $$\nx\nword {y^2}",
        "word [r]: on\n[r]: https://a.example\nmore\n  - item": "word [r]: on\n[r]: <a>https://a.example</a>\nmore\n• item",
        "- \\begin{align}x\\end{align}\n\nword": "• {{\\begin{align}x\\end{align}}}\nword",
    },
    "bars in tables": {
        "|a|b|\n|-|-|\n|`x|y`|or|": "[a][b][<code>x|y</code>][or]",
        "|a|b|\n|-|-|\n|$P(A|B)$|`a || b`|": "[a][b][{P(A|B)}][<code>a || b</code>]",
        "|`x|y`|b|\n|-|-|\n|\\(|x|\\)|`c \\| d`|": "[<code>x|y</code>][b][{|x|}][<code>c | d</code>]",
        "|a|b|\n|-|-|\n|5`|6`|\n|$5|$6|": "[a][b][5`][6`][$5][$6]",
        "|a|b|\n|-|-|\n|c|d|surplus|": "[a][b][c][d]",
        "|a <br> b|c|\n|-|-|\n|d|e|": "[a \n b][c][d][e]",
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_shown_as_it_was_meant_whole_and_at_every_cut(modules: Page, kind: str) -> None:
    texts = list(KINDS[kind])
    wrong = []
    for text, (whole, *different) in zip(texts, modules.evaluate(SEE, texts), strict=True):
        meant = text if KINDS[kind][text] is SAME else KINDS[kind][text]
        if re.sub(r" *\n+", "\n", whole) != re.sub(r" *\n+", "\n", meant) or different:
            wrong.append((text, whole, different[:2]))
    assert wrong == []
