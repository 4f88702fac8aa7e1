"""What the list of attempts and the page of one show."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.base.outcomes import label, meaning
from conversations.admin.base.shown import NOTHING, ago, short
from conversations.models import OK, STOPPED, Attempt, AttemptKind, Purpose

from .figures import dollars, milliseconds, tokens_in_out, units
from .links import AttemptLinks


class AttemptColumns(AttemptLinks):
    @admin.display(description="id")
    def short_id(self, attempt: Attempt) -> str:
        return short(attempt.pk)

    @admin.display(description="user")
    def whose(self, attempt: Attempt) -> str | None:
        return attempt.owner.get_username() if attempt.owner else None

    @admin.display(description="asked")
    def asked(self, attempt: Attempt) -> str | SafeString:
        if attempt.provider is None:
            return attempt.model or NOTHING
        return format_html('{}<br><span class="quiet">{}</span>', attempt.model or NOTHING, attempt.provider)

    @admin.display(description="outcome")
    def result(self, attempt: Attempt) -> SafeString:
        """With what is unusual about it: which attempt it was, and that it was no answer."""
        unusual = [] if attempt.number == 1 and attempt.final else [self.which_attempt(attempt)]
        if attempt.purpose != Purpose.ANSWER:
            unusual.append(attempt.get_purpose_display().lower())
        if attempt.kind != AttemptKind.TEXT and attempt.purpose != Purpose.IMAGE:  # that says it already
            unusual.append(attempt.get_kind_display().lower())
        if attempt.token_id is not None:
            unusual.append("over the API")
        kind = "is-well" if attempt.outcome in (OK, STOPPED) else "is-wrong"
        note = format_html('<br><span class="quiet">{}</span>', ", ".join(unusual)) if unusual else ""
        return format_html('<span class="outcome {}">{}</span>{}', kind, label(attempt.outcome), note)

    @admin.display(description="first token, all")
    def times(self, attempt: Attempt) -> SafeString:
        return format_html('{}<br><span class="quiet">{}</span>', milliseconds(attempt.first_token_ms), milliseconds(attempt.duration_ms))

    @admin.display(description="recorded")
    def when(self, attempt: Attempt) -> str:
        return ago(attempt.recorded)

    @admin.display(description="attempt")
    def which_attempt(self, attempt: Attempt) -> str:
        if attempt.number == 0:
            return "not sent"
        return f"attempt {attempt.number}{'' if attempt.final else ', retried'}"

    @admin.display(description="outcome")
    def ended(self, attempt: Attempt) -> str:
        return {OK: "The whole answer came.", STOPPED: "The user stopped it."}.get(attempt.outcome) or meaning(attempt.outcome)

    @admin.display(description="first token")
    def first_token(self, attempt: Attempt) -> str:
        return milliseconds(attempt.first_token_ms)

    @admin.display(description="took")
    def duration(self, attempt: Attempt) -> str:
        return milliseconds(attempt.duration_ms)

    @admin.display(description="Retry-After")
    def retry_after_seconds(self, attempt: Attempt) -> str:
        return NOTHING if attempt.retry_after is None else f"{attempt.retry_after:g} s"

    @admin.display(description="used, cost")
    def taken(self, attempt: Attempt) -> SafeString:
        took = ", ".join(units(attempt)) or tokens_in_out(attempt)
        return format_html('{}<br><span class="quiet">{}</span>', took, dollars(attempt.cost))

    @admin.display(description="tokens")
    def tokens(self, attempt: Attempt) -> str:
        counts = (
            *((attempt.input_tokens, "in"), (attempt.cached_tokens, "of them cached")),
            (attempt.input_audio_tokens, "of them sound"),
            *((attempt.output_tokens, "out"), (attempt.reasoning_tokens, "of them reasoning")),
            (attempt.output_audio_tokens, "of them sound"),
        )
        said = ", ".join(f"{count:,} {label}" for count, label in counts if count is not None) or "unknown"
        return f"{said} (estimated: the provider’s count never came)" if attempt.estimated else said

    @admin.display(description="beside tokens")
    def units(self, attempt: Attempt) -> str:
        return ", ".join(units(attempt)) or NOTHING

    @admin.display(description="cost")
    def dollars(self, attempt: Attempt) -> str:
        return dollars(attempt.cost)
