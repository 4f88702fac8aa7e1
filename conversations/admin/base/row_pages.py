"""Pages of one row beside its form, such as its versions or a test of it."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse


class RowPages(admin.ModelAdmin):
    row_name: ClassVar[str]
    """What templates call the row, beside `row`."""
    row_related: ClassVar[tuple[str, ...]] = ()
    """What is read along with it."""

    def row(self, request: HttpRequest, pk: UUID) -> Any:
        """The row, for who may view it. Whether there is one is not told to others."""
        found = self.model._default_manager.select_related(*self.row_related).filter(pk=pk).first()
        if not self.has_view_or_change_permission(request, found):
            raise PermissionDenied
        if found is None:
            raise Http404
        return found

    def row_to_change(self, request: HttpRequest, pk: UUID) -> Any:
        """The row, for who may change it."""
        found = self.row(request, pk)
        if not self.has_change_permission(request, found):
            raise PermissionDenied
        return found

    def row_page(self, request: HttpRequest, name: str, row: Any, title: str, **context: Any) -> HttpResponse:
        """A page whose template extends admin/conversations/row_page.html."""
        request.current_app = self.admin_site.name
        known = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "row": row, self.row_name: row}
        return TemplateResponse(request, f"admin/conversations/{self.opts.model_name}/{name}.html", {**known, **context})
