"""The model that takes another one's place: which comes first, and which parameters the draft loses with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations.models import Model, Provider, RejectedParameter
from conversations.routing import catalog
from conversations.studio import successors
from conversations.studio.wording import wording_of

pytestmark = pytest.mark.django_db
SOON = timezone.localdate() + timedelta(days=20)


def provider(name: str, **models: dict[str, Any]) -> Provider:
    made = Provider.objects.create(name=name, base_url=f"http://{name}.example/v1")
    for model, fields in models.items():
        Model.objects.create(provider=made, name=model.replace("_", "-"), **fields)
    catalog.forget()
    return made


def test_those_that_can_as_much_then_the_same_provider_then_a_like_name() -> None:
    able = {"window": 1000, "takes_images": True}
    provider("a", house_4=able, house_5=able, house_5_small={**able, "window": 500}, seer={**able}, blind={**able, "takes_images": False})
    provider("b", house_6=able)
    found = successors.successors("house-4", SOON)
    assert [one.name for one in found[:4]] == ["house-5", "seer", "house-6", "house-5-small"]
    assert [one.lacks for one in found if one.name in ("house-5", "blind", "house-5-small")] == [
        (),
        ("a window of 1,000 tokens",),
        ("vision",),
    ]


def test_what_leaves_as_early_or_is_hidden_is_no_successor() -> None:
    later = SOON + timedelta(days=90)
    provider(
        "a",
        old={"shutdown_date": SOON},
        twin={"shutdown_date": SOON},
        later={"shutdown_date": later},
        secret={"hidden": True},
        off={"enabled": False},
    )
    assert [(one.name, one.day) for one in successors.successors("old", SOON)] == [("later", later)]


def test_what_the_model_refuses_is_taken_out_and_told() -> None:
    made = provider("a", thinker={"takes_temperature": False, "efforts": ["low", "high"]}, plain={"efforts": []}, picky={})
    RejectedParameter.objects.create(base_url=made.base_url, model="picky", parameter="max_output_tokens")
    catalog.forget()
    wording = {
        **wording_of(None),
        "model": "old",
        "parameters": {"temperature": 0.3, "top_p": 0.5, "max_output_tokens": 400, "reasoning_effort": "minimal"},
    }
    kept, left_out = successors.with_model(wording, "thinker")
    assert (kept["model"], kept["parameters"]) == ("thinker", {"max_output_tokens": 400})
    assert left_out == ["Temperature (0.3)", "Top p (0.5)", "Reasoning effort (minimal)"]
    assert successors.with_model({**wording, "parameters": {"reasoning_effort": "low"}}, "thinker")[1] == []
    assert successors.with_model(wording, "plain")[1] == ["Reasoning effort (minimal)"]
    assert successors.with_model(wording, "picky")[1] == ["Max output tokens (400)"]
