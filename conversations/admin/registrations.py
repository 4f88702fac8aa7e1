"""Importing this module registers everything that is administered."""

from conversations.admin.api_tokens import admin as api_tokens
from conversations.admin.attempts import admin as attempts
from conversations.admin.cases import admin as cases
from conversations.admin.conversations import admin as conversations
from conversations.admin.email_addresses import admin as email_addresses
from conversations.admin.experiments import admin as experiments
from conversations.admin.feedback import admin as feedback
from conversations.admin.files import admin as files
from conversations.admin.fragments import admin as fragments
from conversations.admin.grants import admin as grants
from conversations.admin.groups import admin as groups
from conversations.admin.invitations import admin as invitations
from conversations.admin.jobs import admin as jobs
from conversations.admin.keys import admin as keys
from conversations.admin.limits import admin as limits
from conversations.admin.messages import admin as messages
from conversations.admin.models import admin as models
from conversations.admin.people import admin as people
from conversations.admin.prompts import admin as prompts
from conversations.admin.providers import admin as providers
from conversations.admin.rejected_parameters import admin as rejected_parameters
from conversations.admin.review import admin as review
from conversations.admin.runs import admin as runs
from conversations.admin.webhooks import admin as webhooks
from conversations.admin.webhooks import deliveries as webhook_deliveries
from conversations.admin.widgets import admin as widgets

__all__ = [
    "api_tokens",
    "attempts",
    "cases",
    "conversations",
    "email_addresses",
    "experiments",
    "feedback",
    "files",
    "fragments",
    "grants",
    "groups",
    "invitations",
    "jobs",
    "keys",
    "limits",
    "messages",
    "models",
    "people",
    "prompts",
    "providers",
    "rejected_parameters",
    "review",
    "runs",
    "webhook_deliveries",
    "webhooks",
    "widgets",
]
