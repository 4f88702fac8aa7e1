"""System prompts: what users choose as an assistant, its text, and what it was used for."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import Script
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from conversations.admin.base import deletion
from conversations.models import Message, PromptComment, PromptVersion, SystemPrompt, User
from conversations.routing import offered
from conversations.studio import comments, drafts, rights, scheduling
from conversations.studio.wording import parts, properties, wording_of

from .archiving import Archiving
from .columns import PromptColumns
from .filters import ArchivedFilter, ModelFilter, TagFilter
from .form import PromptForm
from .importing import ImportPages
from .playground import PlaygroundPages
from .preview import PreviewPages
from .reserving import Reserving
from .retirement import RetirementPages
from .searching import PromptSearch
from .settings_log import SettingsLog
from .warnings import of_model, of_names
from .wording_fields import WORDING

FIELDSETS: Any = (
    (None, {"fields": ("name", "slug", "description", "tags", "audience", "default")}),
    ("Draft: prompt", {"fields": ("text", "variables", "starters", "examples")}),
    (
        "Draft: model and parameters",
        {"fields": ("model", ("temperature", "top_p"), ("max_output_tokens", "reasoning_effort"), "output_schema")},
    ),
    ("What users may choose", {"fields": ("model_choice", "listed_models", "effort_choice", "switched_off", "draws")}),
    ("Reading aloud", {"fields": (("voice", "voice_speed"), "voice_instructions")}),
    ("When the model is shut down", {"fields": ("fallback_model",)}),
    ("Publishing", {"fields": ("approvals_needed", "cases_required", "live_reserved", "live_groups", "live_users")}),
    ("Review", {"fields": ("review_percent",)}),
)
FIELDSETS_TO_VIEW: Any = (
    (None, {"fields": ("name", "slug", "description", "tag_names", "audience", "is_default")}),
    ("What users may choose", {"fields": ("model_choice", "listed_models", "effort_choice", "switched_off", "draws")}),
    ("Reading aloud", {"fields": (("voice", "voice_speed"), "voice_instructions")}),
    ("When the model is shut down", {"fields": ("fallback_model",)}),
    ("Publishing", {"fields": ("approvals_needed", "cases_required", "who_moves_live")}),
)
SHOWN_VERSIONS = 8


@admin.register(SystemPrompt)
class SystemPromptAdmin(
    ImportPages, PromptColumns, PromptSearch, Reserving, SettingsLog, Archiving, PlaygroundPages, PreviewPages, RetirementPages
):
    form = PromptForm
    fieldsets = FIELDSETS
    prepopulated_fields: ClassVar = {"slug": ["name"]}
    list_display = ("name", "published_as", "tag_names", "audience", "answering_model", "answers", "last_used", "updated")
    actions = ("archive_selected", "restore_selected", *ImportPages.actions)
    list_filter = (TagFilter, ArchivedFilter, "audience", "is_default", ModelFilter)

    class Media:
        js = tuple(Script(f"js/admin/{name}.js", type="module") for name in ("variables", "starters", "autosave", "editor-channel"))

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[SystemPrompt]:
        prompts = super().get_queryset(request).select_related("published", "draft", "scheduled__version", "experiment__candidate")
        prompts = prompts.defer("published__text", "draft__text", "scheduled__version__text", "experiment__candidate__text")
        made = Message.objects.filter(prompt_version__prompt=OuterRef("pk")).order_by().values("prompt_version__prompt")
        unresolved = PromptComment.objects.filter(prompt=OuterRef("pk"), answered=None, resolved=None).order_by().values("prompt")
        return prompts.annotate(
            _answers=Coalesce(Subquery(made.annotate(number=Count("*")).values("number")), 0),
            _comments=Coalesce(Subquery(unresolved.annotate(number=Count("*")).values("number")), 0),
            _last_used=Subquery(made.annotate(last=Max("created")).values("last")),
        )

    # The form

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> SystemPrompt | None:
        if request.method == "POST" and (prompt := super().get_object(request, object_id, from_field)):
            SystemPrompt.objects.select_for_update().get(pk=prompt.pk)  # another save at the same time waits here, then reads again
        return super().get_object(request, object_id, from_field)

    def get_fieldsets(self, request: HttpRequest, obj: SystemPrompt | None = None) -> Any:
        if obj and not self.has_change_permission(request, obj):
            return FIELDSETS_TO_VIEW
        return super().get_fieldsets(request, obj)

    def get_prepopulated_fields(self, request: HttpRequest, obj: SystemPrompt | None = None) -> Any:
        return {} if obj and not self.has_change_permission(request, obj) else super().get_prepopulated_fields(request, obj)

    def get_form(self, request: HttpRequest, obj: SystemPrompt | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.may_publish, form.user = self.has_publish_permission(request), request.user
        return form

    def save_model(self, request: HttpRequest, obj: SystemPrompt, form: PromptForm, change: bool) -> None:
        obj.save()
        if form.cleaned_data["default"] and not obj.is_default:
            obj.make_default()
        if drafts.save(obj, form.wording, cast("User", request.user)) and form.wording != form.before and "_publish" not in request.POST:
            messages.info(request, "The draft is saved. Chats don’t use it until it is published.")
        for warning in () if "_publish" in request.POST else [*of_names(form.wording), *of_model(form.wording)]:
            messages.warning(request, warning)
        if unknown := [name for name in obj.listed_models.splitlines() if not offered.is_offered(name)]:
            messages.warning(request, f"No provider offers {', '.join(unknown)}, or it is hidden: users can’t choose it until one does.")

    def response_add(self, request: HttpRequest, obj: SystemPrompt, post_url_continue: str | None = None) -> HttpResponse:
        return self._to_publish(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: SystemPrompt) -> HttpResponse:
        return self._to_publish(request, obj) or super().response_change(request, obj)

    def _to_publish(self, request: HttpRequest, prompt: SystemPrompt) -> HttpResponse | None:
        return redirect("admin:conversations_systemprompt_publish", prompt.pk) if "_publish" in request.POST else None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False, form_url: str = "", obj: Any = None
    ) -> HttpResponse:
        form = context["adminform"].form
        context["may_publish"] = self.has_publish_permission(request)
        context["may_move_live"] = bool(obj) and self.may_move_live(request, obj)
        context["may_approve"] = self.has_approve_permission(request)
        context["may_try"] = bool(obj) and self.has_evaluate_permission(request)
        context["may_copy"] = bool(obj) and self.has_add_permission(request)
        if obj:
            context["draft"], context["scheduled"] = drafts.of(obj), scheduling.of(obj)
            context["experiment"] = obj.experiment
            context["draft_comments"] = comments.unresolved(obj).exclude(draft=None).count()
            context["wording_names"] = " ".join(WORDING)
            context["versions"] = self.rows(obj, self.versions(obj)[: SHOWN_VERSIONS + 1])
            context["shown_versions"] = SHOWN_VERSIONS
            context["properties"], context["parts"] = properties(wording_of(obj.published)), parts(wording_of(obj.published))
        context["overtaken_by"], context["clashes"] = getattr(form, "overtaken_by", None), getattr(form, "clashes", [])
        return super().render_change_form(request, context, add, change, form_url, obj)

    # Deleting

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        prompts = list(objs)
        versions = PromptVersion.objects.filter(prompt__in=prompts).count()
        kept = [
            f"“{prompt.name}” is the default prompt. Make another prompt the default first; then this one can be deleted."
            for prompt in prompts
            if prompt.is_default
        ]
        kept += [
            f"“{prompt.name}” can be deleted by those who may move “live” of it: {rights.who_moves_live(prompt)}."
            for prompt in prompts
            if prompt.live_reserved and not self.may_move_live(request, prompt)
        ]
        return deletion.summary(prompts, {PromptVersion: versions}, kept)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answers = getattr(super().get_object(request, object_id), "_answers", 0)  # ours locks, which needs a transaction
        return super().delete_view(request, object_id, {**(extra_context or {}), "answers": answers})
