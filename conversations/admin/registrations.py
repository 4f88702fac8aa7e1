"""Importing this module registers everything that is administered."""

from .attempts import admin as attempts
from .conversations import admin as conversations
from .grants import admin as grants
from .keys import admin as keys
from .limits import admin as limits
from .messages import admin as messages
from .models import admin as models
from .people import admin as people
from .prompts import admin as prompts
from .providers import admin as providers
from .rejected_parameters import admin as rejected_parameters

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
