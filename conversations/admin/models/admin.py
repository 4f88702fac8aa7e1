"""Models: under which name they are offered, what they can do, and what they cost."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.base import deletion
from conversations.admin.base.routed import RoutedAdmin, changed
from conversations.admin.base.shown import NOTHING, with_days_left
from conversations.models import Model, Origin, Provider
from conversations.usage.ledger.prices import own_price

from . import abilities
from .abilities import ABILITIES, AbilityFilter, by_provider
from .form import CAPABILITIES, ModelForm
from .known import UNKNOWN, dollars, price_of, shutdown_date, words

FIELDSETS: Any = (
    (None, {"fields": ("provider", "name", "name_there", "enabled", "hidden")}),
    ("Capabilities", {"fields": CAPABILITIES}),
    ("Retirement", {"fields": ("shutdown_date", "fallback_model")}),
    (
        "Prices",
        {
            "fields": (
                *(("input_price", "cached_price"), ("output_price", "reasoning_price"), ("audio_input_price", "audio_output_price")),
                *(("minute_price", "character_price"), "picture_prices"),
            ),
            "description": "Only where the price differs from the known one. Where a minute, characters or a picture have a price, "
            "that counts before the one of tokens. Answers so far keep their cost.",
        },
    ),
)

LOGGED = ("shutdown_date", "fallback_model")
"""What decides from a day on what users get: the log keeps it before and after."""


@admin.register(Model)
class OfferedModelAdmin(RoutedAdmin):
    form = ModelForm
    fieldsets = FIELDSETS
    list_display = ("name", "provider", "price", "tokens", "can", "shutdown", "enabled", "hidden")
    list_filter = ("provider", AbilityFilter, "enabled", "hidden")
    change_list_template = "admin/conversations/model/change_list.html"
    list_select_related = ("provider",)
    list_per_page = 50
    search_fields = ("name", "name_there")
    search_hint = "Searches names, also as the provider calls them."
    actions = ("enable", "disable")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ("provider",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "provider":
            kwargs["queryset"] = Provider.objects.exclude(origin=Origin.BUILT_IN)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="context window", ordering="window")
    def tokens(self, model: Model) -> str:
        return words(model.window)

    @admin.display(description="capabilities")
    def can(self, model: Model) -> SafeString | str:
        """What it takes; what is unknown has a question mark."""
        if abilities.can(model, "transcribes"):
            return format_html('<span class="can">{}</span>', "dictation")  # it does nothing else
        if abilities.can(model, "embeds"):
            return format_html('<span class="can">{}</span>', "embeddings")
        if abilities.can(model, "speaks"):
            return format_html('<span class="can">{}</span>', "reading aloud")
        reasons = None if model.efforts is None else bool(model.efforts)
        shown = (
            *(("vision", model.takes_images), ("tools", model.takes_tools)),
            *(("temperature", model.takes_temperature), ("reasoning", reasons)),
        )
        said = [f"{name}{'?' if value is None else ''}" for name, value in shown if value is not False]
        said += ["draws"] if abilities.can(model, "draws") else []
        said += ["draws in answers"] if abilities.can(model, "draws_in_answers") else []
        said += ["hears"] if abilities.can(model, "hears") else []
        said += ["speech-to-speech"] if abilities.can(model, "speech_to_speech") else []
        said += ["PDF files"] if model.takes_documents else []  # without it they are given as text: nothing is missing
        return format_html('<span class="can">{}</span>', ", ".join(said)) if said else NOTHING

    @admin.display(description="shut down on")
    def shutdown(self, model: Model) -> str:
        found = shutdown_date(model)
        return with_days_left(found) if found else NOTHING

    @admin.display(description="USD per million tokens")
    def price(self, model: Model) -> str:
        if (own := own_price(model)) is not None:
            return f"{dollars(own)} (set here)"
        known = price_of(model, model.provider)
        return dollars(known) if known else UNKNOWN

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for name in LOGGED if change else ():
            if name in form.changed_data:
                before, after = (value or "none" for value in (form.initial.get(name), form.cleaned_data[name]))
                self.log_change(request, form.instance, f"Changed {form[name].label} from “{before}” to “{after}”.")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"abilities": ABILITIES.values(), "by_provider": by_provider()}
        return super().changelist_view(request, {**(extra_context or {}), **context})

    # Rights: the built-in model is as it is.

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.provider.origin != Origin.BUILT_IN)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.provider.origin != Origin.BUILT_IN)

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        self._switch(request, queryset, True)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        self._switch(request, queryset, False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Model], enabled: bool) -> None:
        models = list(queryset.select_related("provider").exclude(provider__origin=Origin.BUILT_IN).exclude(enabled=enabled))
        Model.objects.filter(pk__in=[model.pk for model in models]).update(enabled=enabled)
        for model in models:
            self.log_change(request, model, "Enabled." if enabled else "Disabled.")
        changed()
        messages.success(request, f"{len(models)} model{'s' if len(models) != 1 else ''} {'enabled' if enabled else 'disabled'}.")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        models = list(objs)
        kept = [f"“{model}” is built in." for model in models if model.provider.origin == Origin.BUILT_IN]
        return deletion.summary(models, {}, kept)
