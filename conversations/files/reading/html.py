"""The words of a page, without its markup, scripts and styles."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

_UNSEEN = {"script", "style", "noscript", "template", "iframe", "object", "svg", "head", "-comment"}
_CELLS = {"td", "th"}
_LINES = {"br", "hr", "li", "tr", "dt", "dd", "option", "caption", "figcaption", "summary"}
_BLOCKS = {
    *("p", "div", "section", "article", "header", "footer", "main", "nav", "aside", "address", "blockquote", "pre", "form", "fieldset"),
    *("ul", "ol", "dl", "table", "figure", "details", "h1", "h2", "h3", "h4", "h5", "h6", "title", "body"),
}


def text_of(markup: str) -> str:
    """Its title, then what it shows: a line for a paragraph, an item or a row, tabs between cells."""
    page = LexborHTMLParser(markup)
    pieces: list[str] = []
    title = page.css_first("head > title")
    if title is not None:
        pieces += [" ".join(title.text().split()), "\n\n"]
    if page.body is not None:
        _walk(page.body, pieces)
    return "".join(pieces)


def _walk(root: LexborNode, pieces: list[str]) -> None:
    """Without recursion, for a page can be nested as deep as it likes."""
    node, is_verbatim = root.first_child, 0
    while node is not None:
        tag = node.tag
        if tag == "-text":
            pieces.append((node.text_content or "") if is_verbatim else _joined(node.text_content or "", pieces))
        elif tag not in _UNSEEN:
            _begin(tag, pieces)
            is_verbatim += tag == "pre"
            if node.first_child is not None:
                node = node.first_child
                continue
        while (following := node.next) is None:
            node = node.parent
            if node is None or node.mem_id == root.mem_id:
                return
            is_verbatim -= node.tag == "pre"
            if node.tag not in _CELLS:
                _begin(node.tag, pieces)
        node = following


def _joined(text: str, pieces: list[str]) -> str:
    """With single spaces, and none where a line begins."""
    words = " ".join(text.split())
    if not words:
        return " " if pieces and text and not pieces[-1].endswith((" ", "\n", "\t")) else ""
    before = " " if text[0].isspace() and pieces and not pieces[-1].endswith((" ", "\n", "\t")) else ""
    return before + words + (" " if text[-1].isspace() else "")


def _begin(tag: str | None, pieces: list[str]) -> None:
    """What is between this and what was before it or in it."""
    last = pieces[-1] if pieces else "\n"
    if tag in _CELLS:
        if not last.endswith(("\n", "\t")):
            pieces.append("\t")
    elif tag in _LINES:
        if not last.endswith("\n"):
            pieces.append("\n")
    elif tag in _BLOCKS and not last.endswith("\n\n"):
        pieces.append("\n" if last.endswith("\n") else "\n\n")
