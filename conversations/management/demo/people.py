"""The demo's people, prompts with their versions, providers and keys."""

from __future__ import annotations

import random
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from conversations.models import LIVE, ApiKey, Audience, LabelMove, Model, PromptVersion, Provider, SystemPrompt, User

from . import bulk

NAMES = """Mara Lindqvist, Tomás Herrera, Amira Haddad, Jonas Weber, Priya Nair, Luca Moretti, Hanna Virtanen, Kofi Mensah, Elif Demir,
Owen Price, Sofia Kowalska, Mateus Ribeiro, Ines Fournier, Noah Bakker, Yuki Tanaka, Clara Jensen, Ravi Menon, Zoë Martens, Emil Novák,
Leila Rahimi, Petra Horvat, Samuel Osei, Freya Nilsen, Hugo Lambert""".replace("\n", " ").split(", ")
DEMO = "demo"
DOMAIN = "example.com"
VERSIONS = {
    "engineering": ("Engineering", "Code, databases and operations.", "gpt-5", 2),
    "writing": ("Writing", "Letters, notes and release notes.", "gpt-5-mini", 2),
    "research": ("Research", "Summaries and comparisons.", "gpt-5", 1),
    "assistant": ("", "", "gpt-5-mini", 3),
}
PRICES = {"gpt-5": (1.25, 0.125, 10.0), "gpt-5-mini": (0.25, 0.025, 2.0), "qwen3-32b": None}
"""US dollars per million tokens: input, cached input, output. The machine room has no price."""
CHANGED_AFTER = (0.38, 0.72)
"""Where in the month new versions were published."""


class Cast(NamedTuple):
    users: list[User]
    versions: dict[str, list[tuple[datetime, PromptVersion]]]
    """By prompt: since when each version was the published one."""
    hosted: Provider
    own: Provider
    team_key: ApiKey
    research_key: ApiKey
    own_key: ApiKey


def usernames() -> list[str]:
    return [DEMO, *(name.lower().replace(" ", ".") for name in NAMES)]


def make(first: datetime, now: datetime, rng: random.Random) -> tuple[Cast, str]:
    """Everything, and the password of the only user who can sign in."""
    password = secrets.token_urlsafe(9)
    demo = User.objects.create_superuser(DEMO, f"{DEMO}@{DOMAIN}", password)
    for name, full in zip(usernames()[1:], NAMES, strict=True):
        user = User(username=name, email=f"{name}@{DOMAIN}", date_joined=first, last_login=now - timedelta(hours=rng.random() * 60))
        user.first_name, user.last_name = full.split(" ")
        user.set_unusable_password()
        user.save()
    users = [demo, *User.objects.filter(username__in=usernames()[1:]).order_by("id")]
    keys = _providers(now)
    return Cast(users, {slug: _versions(slug, first, now, demo) for slug in VERSIONS}, *keys), password


def _versions(slug: str, first: datetime, now: datetime, author: User) -> list[tuple[datetime, PromptVersion]]:
    name, description, model, number = VERSIONS[slug]
    prompt = SystemPrompt.objects.filter(slug=slug).first() if slug == "assistant" else None
    if prompt is None:
        prompt = SystemPrompt.objects.create(
            slug=f"demo-{slug}", name=name or "Assistant", description=description or "A helpful generalist.", audience=Audience.EVERYONE
        )
    since = [first, *(first + share * (now - first) for share in CHANGED_AFTER)][:number]
    last = prompt.versions.order_by("-number").first()
    text = last.text if last else f"You help with {slug}. Begin with the answer, be concrete, and say so when you are not sure."
    notes = ("As in the workshop.", "Answers begin with the result.", "Tables only where they help.")
    rows = [
        {
            "prompt_id": prompt.pk,
            "number": (last.number if last else 0) + 1 + position,
            "text": f"{text}\n\n{notes[position]}" if position else text,
            "model": "" if slug == "assistant" else model,
            "starters": last.starters if last else [],
            "note": notes[position],
            "author_id": author.pk,
            "created": since[position],
        }
        for position in range(number)
    ]
    bulk.write(PromptVersion, rows)
    found = list(prompt.versions.order_by("-number")[:number])[::-1]
    bulk.write(LabelMove, _moves(found))
    prompt.published = found[-1]
    prompt.save(update_fields=["published"])
    return list(zip(since, found, strict=True))


def _moves(versions: list[PromptVersion]) -> list[dict[str, Any]]:
    """Each was live from when it was made."""
    return [
        {
            "prompt_id": version.prompt_id,
            "name": LIVE,
            "version_id": version.pk,
            "by_id": version.author_id,
            "at": version.created,
            "reason": version.note,
        }
        for version in versions
    ]


def _providers(now: datetime) -> tuple[Provider, Provider, ApiKey, ApiKey, ApiKey]:
    """Switched off, so that no real question is ever sent to them."""
    hosted = Provider.objects.create(name="Hosted (demo)", base_url="https://llm.example.com/v1", enabled=False, price_list="openai")
    own = Provider.objects.create(name="Machine room (demo)", base_url="https://gpu.example.com/v1", enabled=False, priority=20)
    for name, price in PRICES.items():
        provider = own if price is None else hosted
        input_price, cached_price, output_price = price or (None, None, None)
        Model.objects.create(provider=provider, name=name, input_price=input_price, cached_price=cached_price, output_price=output_price)
    team = ApiKey(provider=hosted, label="Team")
    research = ApiKey(provider=hosted, label="Research")
    machine = ApiKey(provider=own, label="Machine room")
    for key in (team, research, machine):
        key.take(f"sk-demo-{secrets.token_hex(12)}")
    research.refused = now - timedelta(hours=5)
    research.trouble, research.trouble_status = "key", 401
    for key in (team, research, machine):
        key.save()
    return hosted, own, team, research, machine
