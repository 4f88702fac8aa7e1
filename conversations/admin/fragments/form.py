"""The form of a fragment: its next text, and the note that goes with it."""

from __future__ import annotations

from typing import Any

from django import forms

from conversations.admin.base.editor_widget import EditorWidget
from conversations.models import Fragment, User
from conversations.studio import fragment_uses
from conversations.studio.bounds import MAX_NOTE_CHARACTERS, TEXT_LENGTH
from conversations.studio.checks import plain


class FragmentForm(forms.ModelForm):
    text = forms.CharField(
        required=False,
        strip=False,
        max_length=TEXT_LENGTH,
        widget=EditorWidget(),
        help_text="Another text is the next version. Before it is published you see which prompts it changes.",
    )
    note = forms.CharField(required=False, max_length=MAX_NOTE_CHARACTERS, help_text="What changed and why.")
    opened = forms.IntegerField(required=False, widget=forms.HiddenInput)

    user: User
    """Who opens the form; set by the admin."""

    class Meta:
        model = Fragment
        fields = ("name", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = self.instance.current
        self.initial.setdefault("text", current.text if current else "")
        self.initial.setdefault("opened", current.number if current else 0)
        if not self.instance._state.adding and "name" in self.fields:
            self.fields["name"].disabled = True  # prompts name it

    @property
    def has_other_text(self) -> bool:
        """Than the current version; only where the form is valid."""
        current = self.instance.current
        return bool(current and current.text != self.cleaned_data["text"])

    def clean_text(self) -> str:
        return plain(self.cleaned_data["text"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        current = self.instance.current
        if current and data.get("opened") != current.number:
            self.add_error("text", f"Version {current.number} was published meanwhile. Reload the page to see it; what you wrote is here.")
        elif data.get("name") and "text" in data and (current is None or current.text != data["text"]):
            for problem in fragment_uses.problems(data["name"], data["text"], self.user):
                self.add_error("text", problem)
        return data
