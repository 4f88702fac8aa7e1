"""Reseals API keys and secrets of webhooks and widgets that were sealed with an older secret, or not for their row.

Several processes may do so.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from conversations.jobs.tasks import task
from conversations.models import ApiKey, Job, JobState, Webhook, Widget, sealed

BOUND_AFTER = timedelta(hours=1)
"""From a start on. Then no process of a version runs any more that can't open what is sealed for a row."""


class Result(NamedTuple):
    resealed: int
    """How many this process resealed."""
    unreadable: list[str]
    """Those that no secret opens, as reports name them."""


def reseal_all(*, binding: bool = True) -> Result:
    """With the newest secret, each for its own row. Without `binding`, what that secret opens for any row stays as it is."""
    resealed, unreadable = 0, []
    keys = ApiKey.objects.exclude(sealed="").select_related("provider").order_by("provider__name", "label")
    named: list[tuple[ApiKey | Webhook | Widget, str]] = [(key, f"“{key.label}” of {key.provider.name}") for key in keys]
    named += [(webhook, f"the secret of the webhook “{webhook.name}”") for webhook in Webhook.objects.all()]
    named += [(widget, f"the secret of the widget “{widget.name}”") for widget in Widget.objects.exclude(sealed="")]
    for row, name in named:
        if sealed.is_current(row.sealed, row.pk) or (not binding and sealed.is_current(row.sealed, None)):
            continue
        try:
            fresh = sealed.reseal(row.sealed, row.pk)
        except sealed.Unreadable:
            unreadable.append(name)
            continue
        # Not where another process has resealed it, or an administrator has entered another one meanwhile.
        resealed += type(row)._base_manager.filter(pk=row.pk, sealed=row.sealed).update(sealed=fresh)
    return Result(resealed, unreadable)


def bind_later() -> None:
    """Have a job seal for their rows what was sealed for none, once processes of the version before are gone: they couldn't use them."""
    unbound = (sealed.is_current(key.sealed, None) for key in ApiKey.objects.exclude(sealed="").only("sealed"))
    is_queued = Job.objects.filter(kind=bind_keys.kind, state=JobState.WAITING).exists
    if any(unbound) and not is_queued():
        bind_keys.using(run_after=timezone.now() + BOUND_AFTER).enqueue()


@task(title="Seal API keys for their rows")
def bind_keys() -> str:
    """Those that the newest secret opens for any row."""
    resealed = reseal_all().resealed
    return f"{resealed} API key{'' if resealed == 1 else 's'} sealed."
