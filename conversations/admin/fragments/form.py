"""The form of a fragment: its description, and the text of its draft."""

from __future__ import annotations

from typing import Any

from django import forms

from conversations.admin.base.editor_widget import EditorWidget
from conversations.admin.base.opened_field import OpenedField
from conversations.models import Fragment, User
from conversations.rendering import fragments
from conversations.rendering.fragments import Found, Library
from conversations.studio import fragment_drafts, fragment_uses
from conversations.studio.bounds import TEXT_LENGTH
from conversations.studio.checks import plain
from conversations.studio.merging import Clash, merge_texts
from conversations.studio.text_difference import Line, compare


class FragmentTextField(forms.CharField):
    """The editor's text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, max_length=TEXT_LENGTH, widget=EditorWidget(), **kwargs)

    def to_python(self, value: Any) -> Any:
        return plain(super().to_python(value) or "")


class FragmentDraftForm(forms.Form):
    """What the editor sends while it is typed."""

    text = FragmentTextField()
    opened = OpenedField(required=False)


class FragmentForm(forms.ModelForm):
    text = FragmentTextField(help_text="What you save is a draft, which no prompt gets: publishing it is a step of its own.")
    site_policy = forms.BooleanField(
        required=False,
        help_text="Stands before each prompt’s text, from the next answer on. May name user.name, user.groups, site and date. "
        "One fragment at most; set by superusers.",
    )
    opened = OpenedField(required=False, widget=forms.HiddenInput({"autocomplete": "off"}))

    user: User
    """Who opens the form; set by the admin."""
    data: Any
    clashes: list[Clash] = []  # noqa: RUF012 (never changed)
    """Where others changed the same words meanwhile."""
    overtaken_by: list[Line] | None = None
    """What others changed meanwhile."""

    class Meta:
        model = Fragment
        fields = ("name", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("site_policy", bool(self.instance.policy_since))
        if "site_policy" in self.fields and not self.user.is_superuser:
            self.fields["site_policy"].disabled = True
        if self.instance._state.adding:
            self.fields["text"].help_text = "Prompts get it once they include the fragment."
            return
        self.initial.setdefault("text", fragment_drafts.edited(self.instance))
        self.initial.setdefault("opened", {"draft": draft_state(self.instance)})
        if "name" in self.fields:
            self.fields["name"].disabled = True  # prompts name it

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("site_policy") and not self.instance.policy_since and "name" in data:
            for problem in self._policy_problems(data["name"], data.get("text", "")):
                self.add_error("site_policy", problem)
        if self.instance._state.adding:
            for problem in fragment_uses.problems(data["name"], data["text"], self.user) if {"name", "text"} <= data.keys() else ():
                self.add_error("text", problem)
        elif "text" in data:
            self._bring_together(opened_text(data.get("opened")), data["text"])
        return data

    def _policy_problems(self, name: str, text: str) -> list[str]:
        if (other := Fragment.objects.filter(policy_since__isnull=False).exclude(pk=self.instance.pk).first()) is not None:
            return [f"“{other.name}” is the site policy: untick it there first."]
        policy = f"{{{{> {name} }}}}"
        given: Library = {(name, None): Found(0, text)} if self.instance._state.adding else {}
        return fragment_uses.policy_problems(policy, fragments.library([policy], given=given))

    def _bring_together(self, base: str | None, ours: str) -> None:
        """Where others saved another text meanwhile, both changes are put into the form, and nothing is saved."""
        theirs = fragment_drafts.edited(fragment_drafts.locked(self.instance))
        if theirs in (base, ours):
            return
        if ours == base:  # this administrator left it alone
            self.cleaned_data["text"] = theirs
            return
        merged, places = merge_texts(base or "", ours, theirs)
        self.clashes = [Clash("Text", *place) for place in places]
        self.overtaken_by = compare(base or "", theirs)
        self.data = self.data.copy()
        self.data[self.add_prefix("text")] = merged
        self.data[self.add_prefix("opened")] = self.fields["opened"].prepare_value({"draft": draft_state(self.instance)})
        both = "Where both changed the same words, yours stand: compare, then" if places else "Read it, then"
        self.add_error(
            None, f"Not saved yet: after you opened this form, its text was changed. Both changes are in the form now. {both} save again."
        )


def draft_state(fragment: Fragment) -> dict[str, Any]:
    """What is edited, with the numbers of the current version and of the draft's saves: 0 where there is none."""
    draft, current = fragment_drafts.of(fragment), fragment.current
    return {
        "version": current.number if current else 0,
        "revision": draft.revision if draft else 0,
        "text": fragment_drafts.edited(fragment),
    }


def opened_text(opened: object) -> str | None:
    """The text in what a browser says that the form was opened with; None where it says none."""
    draft = opened.get("draft") if isinstance(opened, dict) else None
    text = draft.get("text") if isinstance(draft, dict) else None
    return text if isinstance(text, str) else None
