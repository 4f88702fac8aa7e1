"""Starting and changing experiments, and publishing their candidate. The caller asks whether the user may run experiments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from conversations.models import LIVE, Experiment, Metric, PromptVersion, SystemPrompt, User
from conversations.studio import approvals, drafts, labels, required_cases, rights, sendable
from conversations.studio.wording import wording_of

from . import watching, words

RIGHT = "conversations.experiment_systemprompt"


class NotPossible(Exception):
    """Why, in a sentence."""


def obstacle(prompt: SystemPrompt, candidate: PromptVersion, by: User) -> str:
    """Why the candidate may not be served to users of the prompt, in a sentence; empty where it may.

    The same is asked before it becomes live: an experiment is no way round.
    """
    if not rights.may_move_live(by, prompt):
        return "What it says is served to users, so it takes the right to publish this prompt, too."
    if problems := sendable.problems(wording_of(candidate)):
        return f"Version {candidate.number} can’t be sent: {problems[0]}"
    if missing := approvals.missing_of_version(prompt, candidate):
        return f"Version {candidate.number} lacks {missing} of {prompt.approvals_needed} approvals. Edit it as a draft to collect them."
    if missing := required_cases.missing_of_version(prompt, candidate):
        return f"Version {candidate.number} lacks {missing} of {max(1, prompt.cases.count())} passed cases. Run its cases first."
    return ""


def obstacle_to_start(prompt: SystemPrompt, candidate: PromptVersion, by: User) -> str:
    live = prompt.published
    if live is None:
        return "Nothing of this prompt is live yet, so there is nothing to compare with."
    if prompt.experiment_id:
        return "An experiment with this prompt runs already."
    if live == candidate:
        return f"Version {candidate.number} is live."
    if not watching.begins_conversations(prompt):
        return "Users can’t choose this prompt, so no new conversations begin with it."
    if live.variables != candidate.variables:
        return f"Version {candidate.number} declares other variables than the live one, which are those that users fill in."
    return obstacle(prompt, candidate, by)


@transaction.atomic
def start(prompt: SystemPrompt, candidate: PromptVersion, by: User, **planned: Any) -> Experiment:
    """`planned`: share, goal, guards and all else that the model has of a plan. Raises NotPossible."""
    prompt = drafts.locked(prompt)
    if found := obstacle_to_start(prompt, candidate, by):
        raise NotPossible(found)
    assert prompt.published is not None  # or there was an obstacle
    made = Experiment.objects.create(prompt=prompt, live=prompt.published, candidate=candidate, started_by=by, **planned)
    SystemPrompt.objects.filter(pk=prompt.pk).update(experiment=made)
    watching.enqueue(made)
    says = f"version {made.candidate.number} answers {made.share} % of new conversations, version {made.live.number} (live) the others"
    goal = f"goal: {Metric(made.goal).label}"
    made.log(f"Started an experiment: {says}; {goal}; {words.plan(made)}; at least {made.fewest:,} conversations in each arm.", by)
    return made


@transaction.atomic
def change(experiment: Experiment, by: User, *, guards: dict[str, float], until: datetime | None, most_conversations: int | None) -> None:
    """Its guards and its planned end. Raises NotPossible where it has ended."""
    prompt = drafts.locked(experiment.prompt)
    found = Experiment.objects.running().filter(pk=experiment.pk).select_related("live", "candidate").first()
    if found is None:
        raise NotPossible("The experiment has ended.")
    if not rights.may_move_live(by, prompt):
        raise NotPossible("Changing it takes the right to publish this prompt, too. You may end it.")
    before = words.plan(found)
    found.guards, found.until, found.most_conversations = guards, until, most_conversations
    found.save(update_fields=["guards", "until", "most_conversations"])
    if (after := words.plan(found)) != before:
        found.log(f"Changed the experiment with version {found.candidate.number} from “{before}” to “{after}”.", by)
        watching.enqueue(found)


@transaction.atomic
def publish(experiment: Experiment, by: User) -> str:
    """Make the candidate live, which ends the experiment. Returns what was done. Raises NotPossible.

    It may have ended before, as long as what it was compared with is still live.
    """
    prompt, version = drafts.locked(experiment.prompt), experiment.candidate
    if prompt.published != experiment.live:
        raise NotPossible("Nothing was published: something else than what it was compared with is live by now.")
    if found := obstacle(prompt, version, by):
        raise NotPossible(found)
    labels.move(prompt, LIVE, version, by=by, reason="After an experiment")
    draft = drafts.of(prompt)
    if draft is not None and wording_of(draft) == wording_of(version):
        drafts.end_as(version, draft)
    moved = f"moved the label “{LIVE}” from version {experiment.live.number} to version {version.number}"
    experiment.log(f"Published the candidate of an experiment: {moved}.", by)
    return f"Version {version.number} is live. Conversations follow with their next answer."
