"""What is logged, and how its lines look."""

from typing import Any


def logging(formatter: str) -> dict[str, Any]:
    """Django's LOGGING. `formatter`: "line" or "json"."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
            "json": {"()": "conversations.logs.JsonFormatter"},
        },
        "filters": {"client errors": {"()": "conversations.logs.ClientErrorsInOneLine"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": formatter, "filters": ["client errors"]}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "conversations": {"level": "INFO"},
            "django": {"handlers": [], "level": "INFO"},  # Django's own handler would say everything twice
            "django.request": {"level": "ERROR"},  # not every page that a visitor guessed at
        },
    }
