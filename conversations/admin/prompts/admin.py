"""System prompts: what users choose as an assistant, its text, and what it was used for."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import Script
from django.http import HttpRequest, HttpResponse

from conversations.admin.base import deletion
from conversations.models import Message, PromptVersion, SystemPrompt, User
from conversations.routing import catalog, offered
from conversations.studio.wording import difference, properties, wording_of

from .columns import PromptColumns
from .filters import ModelFilter
from .form import PromptForm
from .labels import LabelPages
from .rejected_parameters import refused

FIELDSETS: Any = (
    (None, {"fields": ("name", "slug", "description", "audience", "default")}),
    ("Prompt", {"fields": ("text", "starters")}),
    ("Model and parameters", {"fields": ("model", ("temperature", "top_p"), ("max_output_tokens", "reasoning_effort"))}),
    ("What users may choose", {"fields": ("model_choice", "listed_models", "effort_choice")}),
    ("This change", {"fields": ("note",)}),
)
FIELDSETS_TO_VIEW: Any = (
    (None, {"fields": ("name", "slug", "description", "audience", "is_default")}),
    ("What users may choose", {"fields": ("model_choice", "listed_models", "effort_choice")}),
)
SHOWN_VERSIONS = 8


@admin.register(SystemPrompt)
class SystemPromptAdmin(PromptColumns, LabelPages):
    form = PromptForm
    fieldsets = FIELDSETS
    prepopulated_fields: ClassVar = {"slug": ["name"]}
    list_display = ("name", "published_as", "audience", "answering_model", "answers", "last_used", "updated")
    list_filter = ("audience", "is_default", ModelFilter)
    search_fields = ("name", "slug", "description", "published__text")
    search_hint = "Searches names, slugs, descriptions and published texts."

    class Media:
        js = (Script("js/admin/editor.js", type="module"), Script("js/admin/starters.js", type="module"))

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[SystemPrompt]:
        prompts = super().get_queryset(request).select_related("published").defer("published__text")
        made = Message.objects.filter(prompt_version__prompt=OuterRef("pk")).order_by().values("prompt_version__prompt")
        return prompts.annotate(
            _answers=Coalesce(Subquery(made.annotate(number=Count("*")).values("number")), 0),
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

    def save_model(self, request: HttpRequest, obj: SystemPrompt, form: PromptForm, change: bool) -> None:
        publishes, note = form.wording_changed, form.cleaned_data["note"]
        obj.save()
        if form.cleaned_data["default"] and not obj.is_default:
            obj.make_default()
        if publishes:
            obj.publish(author=cast("User", request.user), note=note, **form.wording)
        elif note:
            messages.info(request, "The prompt did not change, so no version was made and the note was not kept.")
        model = form.wording["model"]
        if model and not any(source.offer(model) for source in catalog.read().sources):
            messages.warning(request, f"No enabled provider has {model}: until one has it, this prompt can’t answer.")
        if unknown := [name for name in obj.listed_models.splitlines() if not offered.is_offered(name)]:
            messages.warning(request, f"No provider offers {', '.join(unknown)}, or it is hidden: users can’t choose it until one does.")
        left_out = sorted(refused(form.wording["model"]).keys() & form.wording["parameters"].keys())
        if left_out:
            messages.warning(request, f"The model refuses {' and '.join(left_out)}: it is left out of every request.")

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        message: list[dict[str, Any]] = super().construct_change_message(request, form, formsets, add)
        published = form.instance.published
        if published and form.before_version != published.number:
            message.append({"added": {"name": "version", "object": str(published.number)}})
        return message

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False, form_url: str = "", obj: Any = None
    ) -> HttpResponse:
        form = context["adminform"].form
        if obj:
            context["versions"] = self.rows(obj, self.versions(obj)[: SHOWN_VERSIONS + 1])
            context["shown_versions"] = SHOWN_VERSIONS
            context["properties"] = properties(form.before) if isinstance(form, PromptForm) else {}
        if getattr(form, "overtaken", False):
            number = form.opened_state.get("version")
            opened = obj.versions.filter(number=number).first() if isinstance(number, int) else None
            context["overtaken_by"] = difference(wording_of(opened), form.before) if opened else None
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
        return deletion.summary(prompts, {PromptVersion: versions}, kept)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answers = getattr(super().get_object(request, object_id), "_answers", 0)  # ours locks, which needs a transaction
        return super().delete_view(request, object_id, {**(extra_context or {}), "answers": answers})
