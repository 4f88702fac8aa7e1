"""The Django admin, one module per thing administered. Importing this package registers them."""

from . import attempts, conversations, grants, keys, limits, messages, models, people, prompts, providers, rejected_parameters

__all__ = [
    "attempts",
    "conversations",
    "grants",
    "keys",
    "limits",
    "messages",
    "models",
    "people",
    "prompts",
    "providers",
    "rejected_parameters",
]
