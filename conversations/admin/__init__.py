"""The Django admin, one module per thing administered. Importing this package registers them."""

from . import attempts, conversations, keys, messages, models, people, prompts, providers, rejected_parameters

__all__ = ["attempts", "conversations", "keys", "messages", "models", "people", "prompts", "providers", "rejected_parameters"]
