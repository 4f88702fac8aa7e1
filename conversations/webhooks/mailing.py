"""Events as mail: a webhook whose address is `mailto:` and an administrator's, for as long as that user is an active administrator."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.utils import DNS_NAME
from django.template.loader import render_to_string

from conversations.mail import has_mail
from conversations.models import User
from conversations.models.storable import fitting

from .answer import Answer

SCHEME = "mailto:"


def is_mail(url: str) -> bool:
    return url.strip().lower().startswith(SCHEME)


def check(url: str) -> str:
    """The address as it is stored. Raises ValueError with a sentence."""
    given = url.strip()[len(SCHEME) :].strip()
    found = User.objects.filter(is_active=True, is_staff=True, email__iexact=given).exclude(email="").first()
    if found is None:
        raise ValueError("Mails go to administrators of this site alone: after “mailto:” write the address of one who is active.")
    if not has_mail():
        raise ValueError("This site sends no mail: EMAIL_URL is not set.")
    return f"{SCHEME}{found.email}"


def send(name: str, url: str, message_id: str, body: str) -> Answer:
    """One attempt. `name`: the webhook's. `body`: the message as a program would get it."""
    start = time.monotonic()
    try:
        address = check(url).removeprefix(SCHEME)  # who it is may have changed since it was entered
    except ValueError as problem:
        return Answer(None, "", str(problem), 0)
    message = json.loads(body)
    data = message["data"]
    about = next((data[what]["name"] for what in ("prompt", "provider") if data.get(what)), "")
    subject = message["type"].replace(".", " ").capitalize() + (f": {about}" if about else "")
    shown = {"name": name, "time": message["timestamp"], "lines": list(_lines(data)), "link": settings.SITE_URL}
    mail = EmailMessage(
        " ".join(f"[{settings.SITE_NAME}] {subject}".split()),
        render_to_string("email/event.txt", shown),
        to=[address],
        headers={"Message-ID": f"<{message_id}@{DNS_NAME}>"},  # the same in each attempt: mail programs show it once
    )
    error = ""
    try:
        mail.send()
    except OSError as problem:  # smtplib's errors, too
        error = fitting(f"The mail server didn’t take it: {' '.join(str(problem).split()).rstrip('.') or type(problem).__name__}.", 300)
    return Answer(None, "", error, round((time.monotonic() - start) * 1000))


def _lines(data: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """Such as “budget of name: Pupils”. What is null is left out."""
    for name, value in data.items():
        words = f"{within}{name.replace('_', ' ')}"
        if isinstance(value, dict):
            yield from _lines(value, f"{words} ")
        elif isinstance(value, list):
            for each in value:
                yield from _lines(each, f"{words} ") if isinstance(each, dict) else (f"{words}: {each}",)
        elif value not in (None, ""):
            yield f"{words}: {value}"
