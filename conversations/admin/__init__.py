"""The Django admin, a folder per thing administered. Importing this package registers them."""

from .attempts import admin as attempts
from .conversations import admin as conversations
from .keys import admin as keys
from .limits import admin as limits
from .limits import grants
from .messages import admin as messages
from .models import admin as models
from .models import rejected_parameters
from .people import admin as people
from .prompts import admin as prompts
from .providers import admin as providers

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
