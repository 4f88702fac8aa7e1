"""What a browser would send if a page's form were submitted unchanged."""

from html.parser import HTMLParser


class _Form(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.entries: dict[str, str] = {}
        self._inside = False
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = given.get("id") == self.form_id
        if not self._inside:
            return
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and name and given.get("type") not in ("submit", "button"):
            if given.get("type") not in ("checkbox", "radio"):
                self.entries[name] = value
            elif "checked" in given:
                self.entries[name] = value or "on"
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.entries[self._select] = value
        elif tag == "textarea":
            self._textarea = name
            self.entries[name] = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.entries[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._textarea:
            text = self.entries[self._textarea]
            text = text[1:] if text.startswith("\n") else text  # HTML drops a line end right after the tag
            self.entries[self._textarea] = text.replace("\n", "\r\n")
            self._textarea = ""


def entries(html: str, form_id: str) -> dict[str, str]:
    """The fields of the form with that id and their values, line ends as browsers send them."""
    form = _Form(form_id)
    form.feed(html)
    return form.entries
