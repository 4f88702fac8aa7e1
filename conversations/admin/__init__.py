"""The Django admin, one module per thing administered. Importing this package registers them."""

from . import conversations, grants, limits, messages, people, prompts, rejected_parameters

__all__ = ["conversations", "grants", "limits", "messages", "people", "prompts", "rejected_parameters"]
