"""What is stored. Every model is importable from here."""

from .conversations import Conversation, TitleSource
from .messages import RUNNING, Message, Role, Status, parent_links, position, text_part
from .people import User
from .prompts import Audience, PromptVersion, SystemPrompt
from .rejected_parameters import RejectedParameter
from .tree import Tree

__all__ = [
    "RUNNING",
    "Audience",
    "Conversation",
    "Message",
    "PromptVersion",
    "RejectedParameter",
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
