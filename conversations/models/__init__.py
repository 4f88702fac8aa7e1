"""What is stored. Every model is importable from here."""

from .attempts import NANO, NOT_COUNTED, OK, STOPPED, Attempt, Purpose
from .conversations import Conversation, TitleSource
from .messages import RUNNING, Message, Role, Status, parent_links, position, text_part
from .people import User
from .prompts import Audience, PromptVersion, SystemPrompt
from .providers import Api, ApiKey, Model, Origin, Provider, Resume
from .rejected_parameters import RejectedParameter
from .tree import Tree

__all__ = [
    "NANO",
    "NOT_COUNTED",
    "OK",
    "RUNNING",
    "STOPPED",
    "Api",
    "ApiKey",
    "Attempt",
    "Audience",
    "Conversation",
    "Message",
    "Model",
    "Origin",
    "PromptVersion",
    "Provider",
    "Purpose",
    "RejectedParameter",
    "Resume",
    "Role",
    "Status",
    "SystemPrompt",
    "TitleSource",
    "Tree",
    "User",
    "parent_links",
    "position",
    "text_part",
]
