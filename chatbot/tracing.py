"""Whether traces are exported, which takes packages that few sites need."""

from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured


def service(name: str) -> str:
    """The setting TRACING. Raises ImproperlyConfigured where the packages for it are missing."""
    if name and (find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None):
        missing = "which are installed by .venv/bin/pip install --no-deps --require-hashes -r requirements/tracing.txt"
        raise ImproperlyConfigured(f"TRACING needs the packages of requirements/tracing.txt, {missing}.")
    return name
