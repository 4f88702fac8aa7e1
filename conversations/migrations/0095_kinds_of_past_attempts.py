"""Tells pictures, transcripts and speech of the past from text, by what the ledger has of them. Their tokens and costs stay as they are."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Q

PIECE = 500


def tell_apart(apps: Any, schema_editor: Any) -> None:
    attempts, roll_ups, personal = (
        apps.get_model("conversations", name)._default_manager.using(schema_editor.connection.alias).order_by()
        for name in ("Attempt", "RollUp", "PersonalRollUp")
    )
    audio = attempts.filter(purpose="audio")
    # Speech was always estimated, with what was made of it; a recording that was estimated has only what was heard.
    speech = _models(attempts.filter(purpose="audio", estimated=True, output_tokens__isnull=False))
    transcripts = _models(attempts.filter(purpose="audio")) - speech
    drawing = _models(attempts.filter(purpose="image"))
    pictures = drawing - _models(attempts.exclude(purpose__in=("image", "api")).filter(model__in=drawing))
    # A model that speaks or transcribes does nothing else, for the page or for a program; some that draw answer, too.
    for kind, models in (("speech", speech), ("transcripts", transcripts), ("pictures", pictures)):
        is_of_kind = Q(purpose__in=("audio", "api"), model__in=models) | (Q(purpose="image") if kind == "pictures" else Q(pk=None))
        for rows in (attempts, roll_ups):
            _update(rows.filter(is_of_kind), kind)
        _update(personal.filter(model__in=models), kind)


def _models(attempts: Any) -> set[str]:
    return set(attempts.values_list("model", flat=True).distinct()) - {""}


def _update(rows: Any, kind: str) -> None:
    keys = list(rows.values_list("pk", flat=True).iterator())
    for start in range(0, len(keys), PIECE):
        rows.model._default_manager.using(rows.db).filter(pk__in=keys[start : start + PIECE]).update(kind=kind)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0094_units_and_kinds_of_attempts")]

    operations = [migrations.RunPython(tell_apart, migrations.RunPython.noop)]
