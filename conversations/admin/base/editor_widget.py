"""The field of a text that models are told."""

from __future__ import annotations

from django import forms

from conversations.models.variables import BUILT_IN


class EditorWidget(forms.Textarea):
    """A field that static/js/admin/editor/ makes an editor of; the page has the import map and the stylesheets “editor”.

    `has_names`: whether all variables of the text are built in or declared in the same form, so that others are wrong.
    """

    class Media:
        js = (forms.Script("js/admin/editor/editor.js", type="module"),)

    def __init__(self, *, has_names: bool = False) -> None:
        names = {"data-names": " ".join(BUILT_IN)} if has_names else {}
        super().__init__(
            {
                "class": "prompt-editor",
                "rows": 16,
                "wrap": "soft",
                "dir": "auto",
                "spellcheck": "false",
                "autocomplete": "off",
                "autocapitalize": "off",
                "autocorrect": "off",
                **names,
            }
        )
