"""Where a fragment is used, also by the site policy, and what another text of it would break."""

from __future__ import annotations

from typing import NamedTuple

from conversations.models import Experiment, PromptDraft, PromptLabel, ScheduledPublication, SystemPrompt, User
from conversations.rendering import fragments, text, values
from conversations.rendering.fragments import Found, Library
from conversations.rendering.syntax import Name, pieces

from . import rights, sendable
from .wording import Wording, texts_of, wording_of

EXPERIMENT = "experiment"
SERVED = ("live", EXPERIMENT)
"""What users get now, for the approvals that were given."""


class Use(NamedTuple):
    """Of a prompt that has the fragment, itself or within another one."""

    prompt: SystemPrompt
    where: str
    """“live”, “experiment”, “draft”, “scheduled”, or another label such as “staging”."""
    wording: Wording
    follows: bool
    """Whether it gets another version of the fragment with the next answer; else it is pinned to one."""
    by_policy: bool = False
    """Whether the site policy alone has it, which stands before the prompt's text."""


def uses(name: str) -> list[Use]:
    """In what is live, labelled or scheduled, and in drafts."""
    policy = policy_reaches(name)
    live = SystemPrompt.objects.filter(published__isnull=False).select_related("published").order_by("name")
    live = live if policy else live.filter(published__is_template=True)
    drafts = PromptDraft.objects.filter(text__contains="{{").select_related("prompt").order_by("prompt__name")
    found = [(prompt, "live", wording_of(prompt.published)) for prompt in live]
    found += [(draft.prompt, "draft", wording_of(draft)) for draft in drafts]
    labelled = PromptLabel.objects.filter(version__is_template=True).select_related("prompt", "version")
    found += [(label.prompt, label.name, wording_of(label.version)) for label in labelled.order_by("prompt__name", "name")]
    scheduled = ScheduledPublication.objects.filter(stopped="", version__is_template=True).select_related("prompt", "version")
    found += [(one.prompt, "scheduled", wording_of(one.version)) for one in scheduled.order_by("prompt__name")]
    running = Experiment.objects.running().filter(candidate__is_template=True).select_related("prompt", "candidate")
    found += [(one.prompt, EXPERIMENT, wording_of(one.candidate)) for one in running.order_by("prompt__name")]
    library = fragments.library(said for _, _, wording in found for said in texts_of(wording))
    as_they_are = {prompt.pk for prompt in live if prompt.published and not prompt.published.is_template}
    uses = []
    for prompt, where, wording in found:
        reached = set() if where == "live" and prompt.pk in as_they_are else _reached(texts_of(wording), library)
        if any(fragment == name for fragment, _ in reached):
            uses.append(Use(prompt, where, wording, follows=(name, None) in reached))
        elif policy and where in SERVED:
            uses.append(Use(prompt, where, wording, follows=(name, None) in policy, by_policy=True))
    return uses


def problems(name: str, new: str, by: User) -> list[str]:
    """Why this user can't make this the fragment's text: it includes itself, say, or a live prompt that follows it doesn't know a name in
    it, or is changed by others alone."""
    library: Library = {(name, None): Found(0, new)}
    all_of_it = fragments.library([new], given=library)
    names = {piece.name for found in all_of_it.values() for piece in pieces(found.text) if isinstance(piece, Name)}
    told = [problem.sentence for problem in text.problems(f"{{{{> {name} }}}}", names, all_of_it)]
    if not told and any(number is None for _, number in policy_reaches(name)):
        policy = fragments.site_policy()
        told += policy_problems(policy, fragments.library([policy], given=library))
        if not by.is_superuser:
            told.append("It is part of the site policy, which superusers publish.")
    for use in uses(name) if not told else ():
        if use.where in SERVED and use.follows and not use.by_policy:
            if use.prompt.approvals_needed or use.prompt.cases_required:
                told.append(
                    f"“{use.prompt.name}” asks for approvals or passed cases before what it says changes, and follows this fragment: "
                    f"publish it with a fixed version first, such as {{{{> {name}@1 }}}}."
                )
            if use.prompt.live_reserved and not rights.may_move_live(by, use.prompt):
                told.append(f"“{use.prompt.name}” follows this fragment, and “live” of it is moved by {rights.who_moves_live(use.prompt)}.")
            told += [
                f"“{use.prompt.name}” can’t be sent with it. {problem.sentence}" for problem in sendable.problems(use.wording, library)
            ]
    return list(dict.fromkeys(told))


def policy_reaches(name: str) -> set[fragments.Reference]:
    """How the site policy has the fragment, as a whole or within it; empty where it hasn't."""
    policy = fragments.site_policy()
    return {one for one in _reached([policy], fragments.library([policy])) if one[0] == name} if policy else set()


def policy_problems(policy: str, library: Library) -> list[str]:
    """Why a text can't stand before each prompt: it may name what is built in alone."""
    return [f"It can’t stand before each prompt. {one.sentence}" for one in text.problems(policy, values.names([]), library)]


def _reached(texts: list[str], library: Library) -> set[fragments.Reference]:
    """All that the texts include. A fragment at a fixed version may follow others."""
    reached: set[fragments.Reference] = set()
    wanted = {one for said in texts for one in fragments.references(said)}
    while wanted:
        reached |= wanted
        wanted = {inner for one in wanted & library.keys() for inner in fragments.references(library[one].text)} - reached
    return reached
