"""What is stored. Every model is importable from here."""

from .api_keys import ApiKey, KeyState
from .api_tokens import TOKEN_PREFIX, ApiToken, ApiTokenState, Scope
from .attempts import NANO, NOT_COUNTED, OK, STOPPED, USERS_OWN, Attempt, AttemptKind, Purpose
from .cases import Case
from .circuits import OpenCircuit
from .conversations import Conversation, TitleSource
from .experiments import Arm, Ending, Experiment, Metric
from .feedback import Feedback, FeedbackTag, Thumb
from .files import MAX_FILE_NAME_CHARACTERS, Attachment, File, FileKind, FileState, attach, files_storage, random_name
from .fragment_drafts import FragmentDraft
from .fragments import Fragment, FragmentVersion
from .improvements import Improvement
from .invitations import Invitation, InvitationState
from .jobs import OVER, Job, JobState
from .limits import AMOUNTS, KINDS_WITH_UNITS, BudgetKind, Counting, Grant, Limit
from .message_content import picture_part, text_part
from .messages import RUNNING, Message, Role, Status, parent_links, tree_of
from .people import User
from .positions import position
from .prompt_approvals import PromptApproval
from .prompt_comments import MAX_COMMENT_CHARACTERS, PromptComment
from .prompt_drafts import PromptDraft
from .prompt_labels import MAX_LABEL_CHARACTERS, STAGING, LabelMove, PromptLabel, label_name
from .prompt_versions import PromptVersion, Worded
from .prompts import LIVE, Audience, ModelChoice, SystemPrompt
from .providers import Api, FilesSentAs, Model, Origin, Provider, Resume
from .rejected_parameters import RejectedParameter
from .retirement_notices import RetirementNotice
from .review_items import MAX_NOTE_CHARACTERS, ReviewItem, ReviewOutcome, ReviewReason
from .rollups import PersonalRollUp, RolledUpDay, RollUp, SignRollUp
from .runs import MAX_REPEATS, Result, Run, RunState
from .scheduled_publications import ScheduledPublication
from .search_entries import SearchEntry
from .sounds import Sound, SoundClaim, SoundUse
from .spending import MessageRate, Reservation, Spending
from .tree import Tree
from .uploads import Upload, UploadPiece
from .webhooks import DeliveryState, Webhook, WebhookDelivery
from .widgets import Language, Layout, Theme, Visitor, Visitors, Widget

__all__ = [
    "AMOUNTS",
    "KINDS_WITH_UNITS",
    "LIVE",
    "MAX_COMMENT_CHARACTERS",
    "MAX_FILE_NAME_CHARACTERS",
    "MAX_LABEL_CHARACTERS",
    "MAX_NOTE_CHARACTERS",
    "MAX_REPEATS",
    "NANO",
    "NOT_COUNTED",
    "OK",
    "OVER",
    "RUNNING",
    "STAGING",
    "STOPPED",
    "TOKEN_PREFIX",
    "USERS_OWN",
    "Api",
    "ApiKey",
    "ApiToken",
    "ApiTokenState",
    "Arm",
    "Attachment",
    "Attempt",
    "AttemptKind",
    "Audience",
    "BudgetKind",
    "Case",
    "Conversation",
    "Counting",
    "DeliveryState",
    "Ending",
    "Experiment",
    "Feedback",
    "FeedbackTag",
    "File",
    "FileKind",
    "FileState",
    "FilesSentAs",
    "Fragment",
    "FragmentDraft",
    "FragmentVersion",
    "Grant",
    "Improvement",
    "Invitation",
    "InvitationState",
    "Job",
    "JobState",
    "KeyState",
    "LabelMove",
    "Language",
    "Layout",
    "Limit",
    "Message",
    "MessageRate",
    "Metric",
    "Model",
    "ModelChoice",
    "OpenCircuit",
    "Origin",
    "PersonalRollUp",
    "PromptApproval",
    "PromptComment",
    "PromptDraft",
    "PromptLabel",
    "PromptVersion",
    "Provider",
    "Purpose",
    "RejectedParameter",
    "Reservation",
    "Result",
    "Resume",
    "RetirementNotice",
    "ReviewItem",
    "ReviewOutcome",
    "ReviewReason",
    "Role",
    "RollUp",
    "RolledUpDay",
    "Run",
    "RunState",
    "ScheduledPublication",
    "Scope",
    "SearchEntry",
    "SignRollUp",
    "Sound",
    "SoundClaim",
    "SoundUse",
    "Spending",
    "Status",
    "SystemPrompt",
    "Theme",
    "Thumb",
    "TitleSource",
    "Tree",
    "Upload",
    "UploadPiece",
    "User",
    "Visitor",
    "Visitors",
    "Webhook",
    "WebhookDelivery",
    "Widget",
    "Worded",
    "attach",
    "files_storage",
    "label_name",
    "parent_links",
    "picture_part",
    "position",
    "random_name",
    "text_part",
    "tree_of",
]
