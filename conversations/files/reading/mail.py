"""What a mail says: who wrote to whom and when, its words, and the names of what is attached to it."""

from __future__ import annotations

import re
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser

from . import html

_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_TELLING = {b"from", b"to", b"subject", b"date", b"received", b"message-id", b"mime-version", b"return-path", b"delivered-to"}
_SHOWN = ("From", "To", "Cc", "Date", "Subject")


def is_mail(sample: bytes) -> bool:
    """RFC 5322: it begins with headers, three of them such as all mails have."""
    headers = _HEADER.match(sample.replace(b"\r\n", b"\n"))
    names = {line.split(b":")[0].lower() for line in headers[0].splitlines()} if headers else set()
    return len(names & _TELLING) >= 3 and b"from" in names


def text_of(content: bytes) -> str:
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(content)
    lines = [f"{name}: {_shown(message, name)}" for name in _SHOWN if name in message]
    body = message.get_body(("plain", "html"))
    words = _content(body) if body is not None else ""
    attached = [f"[Attachment, not read: {part.get_filename() or part.get_content_type()}]" for part in message.iter_attachments()]
    return "\n".join([*lines, "", words, "", *attached])


def _shown(message: EmailMessage, name: str) -> str:
    try:
        return str(message[name])
    except Exception:  # noqa: BLE001  (the parser of headers raises many kinds of errors on what is none)
        return ""


def _content(body: MIMEPart) -> str:
    try:
        said = body.get_content()
    except (LookupError, ValueError, OSError):  # an encoding that isn't known, or isn't loaded
        payload = body.get_payload(decode=True)
        said = payload.decode(errors="replace") if isinstance(payload, bytes) else str(payload)
    return html.text_of(said) if body.get_content_type() == "text/html" else said
