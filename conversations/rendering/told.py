"""What the model is told for one reply: the text and the examples of its version, filled in.

What is put in is decided when the reply is asked for and kept with it. So it is told the same by whichever process goes on with it, and
what it was told can be shown later. Synchronous; asks the database only where a version is a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from conversations.models import Message, PromptVersion, User, Worded
from conversations.models.variables import Declaration, clean_values

from . import fragments, text, values
from .fragments import Library
from .syntax import Name, may_hold_names, pieces

Filling = dict[str, Any]
"""`values`: a text for each name that is used; `fragments`: the version of each fragment that is followed; `policy`: a text that includes
the site policy, where there was one."""


INSTRUCTIONS = "instructions"
"""In a filling: what a program says beside the prompt's text, after it."""


class Unfilled(Exception):
    """The prompt can't be sent. `is_of_values`: other values of its variables would help."""

    def __init__(self, sentence: str, *, is_of_values: bool = False) -> None:
        super().__init__(sentence)
        self.is_of_values = is_of_values


class Told(NamedTuple):
    system: str
    examples: list[dict[str, str]]


def filling(version: PromptVersion, user: User, given: Mapping[str, Any]) -> Filling | None:
    """What is put in for this user now; None for a version that is no template, where there is no site policy either. Raises Unfilled."""
    if not version.is_template and not fragments.served_policy():
        return None
    return new_filling(version, user, given, as_template=version.is_template)[0]


def new_filling(
    worded: Worded, user: User, given: Mapping[str, Any], library: Library | None = None, *, as_template: bool = True
) -> tuple[Filling, Library]:
    """What is put into the site policy and into these texts, where they are templates, and the fragments.

    `library`: fragments in place of those that are stored.
    """
    policy = fragments.served_policy()
    declarations: list[Declaration] = worded.variables
    try:
        known = clean_values(declarations, given)
    except ValidationError as error:
        raise Unfilled(" ".join(error.messages), is_of_values=True) from error
    texts = [*([policy] if policy else []), *(texts_of(worded) if as_template else [])]
    found = fragments.library(texts, given=library)
    used = {piece.name for one in (*texts, *(one.text for one in found.values())) for piece in pieces(one) if isinstance(piece, Name)}
    put_in = values.built_in(user, used) | values.declared((one for one in declarations if one["name"] in used), known)
    for one in texts:
        try:
            text.filled(one, put_in, found)
        except text.NotFilled as error:
            raise Unfilled(f"This assistant’s prompt can’t be sent. {error}") from error
    filled_in = {"values": put_in, "fragments": {name: one.number for (name, pinned), one in found.items() if pinned is None}}
    return (filled_in | {"policy": policy} if policy else filled_in), found


def told(reply: Message) -> Told:
    """Raises Unfilled where what it needs is gone, or was never there."""
    version = reply.prompt_version
    if version is None:
        return Told("", [])
    filled_in = reply.filled_in
    if not version.is_template and not filled_in:
        return Told(version.text, version.examples)
    if filled_in is None:  # a process of the version before this asked for it
        filled_in = filling(version, reply.owner, reply.conversation.variables) or {}
    return filled(version, filled_in)


def filled(version: PromptVersion, filled_in: Filling) -> Told:
    """Raises Unfilled."""
    texts = [filled_in.get("policy", ""), *(texts_of(version) if version.is_template else [])]
    found = _filled(version, filled_in, fragments.library(texts, filled_in.get("fragments", {})), as_template=version.is_template)
    return found._replace(system="\n\n".join(filter(None, (found.system, filled_in.get(INSTRUCTIONS)))))


def _filled(version: PromptVersion, filled_in: Filling, library: Library, *, as_template: bool) -> Told:
    put_in = filled_in.get("values", {})
    try:
        said, examples = version.text, version.examples
        if as_template:
            said = text.filled(said, put_in, library)
            examples = [{"role": one["role"], "text": text.filled(one["text"], put_in, library)} for one in examples]
        policy = text.filled(filled_in.get("policy", ""), put_in, library)
        return Told("\n\n".join(one for one in (policy, said) if one), examples)
    except text.NotFilled as error:
        raise Unfilled(f"This assistant’s prompt can’t be sent. {error}") from error


def tried(
    version: PromptVersion, user: User, given: Mapping[str, Any], library: Library | None = None, *, as_template: bool = True
) -> Told:
    """What this user would be told now. The version need not be saved; `library` as in `new_filling`. Raises Unfilled."""
    filled_in, found = new_filling(version, user, given, library, as_template=as_template)
    return _filled(version, filled_in, found, as_template=as_template)


def without_what_was_given(version: PromptVersion, filled_in: Filling) -> Told:
    """As it was told, but with the names in place of all that is the user's: their name, their groups, and what they filled in.

    Raises Unfilled.
    """
    put_in = {name: said if name in ("site", "date") else f"{{{{ {name} }}}}" for name, said in filled_in.get("values", {}).items()}
    return filled(version, {**filled_in, "values": put_in, INSTRUCTIONS: ""})


def texts_of(version: Worded) -> list[str]:
    """The texts of a version or a draft that are templates."""
    return [one for one in (version.text, *(example["text"] for example in version.examples)) if may_hold_names(one)]
