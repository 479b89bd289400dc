"""Tables of settings that administrators keep in the browser: a list, a form, a row taken away.

An app names its tables; the doors, the journal entries and the refusals are the same for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal import services as journal
from kit import prefill
from kit.pages import keyset_page
from people.doors import me
from people.models import User


class Unusable(Exception):
    """A row that cannot be kept or taken away; the message is fit for people to read."""


@dataclass(frozen=True)
class Table:
    """One kind of rows: its words, its form, and the columns of its list (label, values() path)."""

    title: str
    one: str
    about: str
    model: type[models.Model]
    form: type[forms.ModelForm[Any]]
    columns: tuple[tuple[str, str], ...]
    permission: str
    keeper: Callable[..., models.Model] | None = None  # writes instead of `keep`


@transaction.atomic
def keep(form: forms.ModelForm[Any], *, prefix: str, by: User, at: datetime) -> models.Model:
    """Write what a valid form says.

    :raises Unusable: if it clashes with another row.
    """
    row: models.Model = form.save(commit=False)
    word = "added" if row.pk is None else "changed"
    try:
        with transaction.atomic():
            row.save()
            form.save_m2m()
            journal.record(f"{prefix}.setting.{word}", row, by=by, at=at)
    except IntegrityError as clash:
        raise Unusable("There is one like this already, or its values contradict.") from clash
    return row


@transaction.atomic
def remove(row: models.Model, *, prefix: str, by: User, at: datetime) -> None:
    """Take a row away; what was decided by it stays as it was.

    :raises Unusable: if something hangs on it.
    """
    try:
        with transaction.atomic():
            journal.record(f"{prefix}.setting.removed", row, by=by, at=at)
            row.delete()
    except (IntegrityError, models.ProtectedError) as used:
        raise Unusable("Something hangs on it, so it stays.") from used


def _words(model: type[models.Model], column: str) -> dict[Any, str]:
    """What the values of a column are called, where it has choices."""
    if "__" in column:
        return {}
    field = model._meta.get_field(column)
    return {value: str(label) for value, label in getattr(field, "flatchoices", ())}


class Tables:
    """The doors of an app's tables, under the app's URL namespace; `home` is where they are named."""

    def __init__(
        self, prefix: str, tables: Mapping[str, Table], *, permission: str, home: str
    ) -> None:
        self.prefix, self.tables, self.permission, self.home = prefix, tables, permission, home

    def urls(self) -> list[URLPattern]:
        may = permission_required(self.permission, raise_exception=True)
        doors: dict[str, tuple[str, Any]] = {
            "": ("settings_table", require_safe(may(self.table))),
            "new/": ("settings_add", may(self.add)),
            "<int:pk>/": ("settings_edit", may(self.edit)),
            "<int:pk>/remove/": ("settings_remove", require_POST(may(self.take_away))),
        }
        return [
            path(f"settings/<slug:slug>/{end}", door, name=name)
            for end, (name, door) in doors.items()
        ]

    def table(self, request: HttpRequest, slug: str) -> HttpResponse:
        shown = self._allowed(request, slug)
        columns = [column for _, column in shown.columns]
        words = {column: _words(shown.model, column) for column in columns}
        rows = shown.model._default_manager.values("pk", *columns)
        page = keyset_page(rows, keys=("-pk",), after=request.GET.get("after", ""))
        context = {
            "slug": slug, "table": shown, "page": page, "home": reverse(f"{self.prefix}:{self.home}"),
            "add": self._url("add", slug),
            "rows": [(self._url("edit", slug, row["pk"]), self._url("remove", slug, row["pk"]),
                      [words[column].get(row[column], row[column]) for column in columns])
                     for row in page.rows],
        }  # fmt: skip
        return TemplateResponse(request, "settings/table.html", context)

    def add(self, request: HttpRequest, slug: str) -> HttpResponse:
        return self._form(request, slug, None)

    def edit(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        return self._form(
            request, slug, get_object_or_404(self._allowed(request, slug).model, pk=pk)
        )

    def take_away(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        row = get_object_or_404(self._allowed(request, slug).model, pk=pk)
        try:
            remove(row, prefix=self.prefix, by=me(request), at=timezone.now())
        except Unusable as refusal:
            messages.error(request, str(refusal))
        return redirect(self._url("table", slug))

    def _form(self, request: HttpRequest, slug: str, row: models.Model | None) -> HttpResponse:
        shown = self._allowed(request, slug)
        back = self._url("table", slug)
        given = prefill.prefilled(shown.form.base_fields, request.GET)
        form = shown.form(request.POST or None, instance=row, initial=given)
        if request.method == "POST" and form.is_valid():
            try:
                write = shown.keeper or keep
                write(form, prefix=self.prefix, by=me(request), at=timezone.now())
                return redirect(back)
            except Unusable as refusal:
                form.add_error(None, str(refusal))
        title = f"{'Change' if row else 'New'} {shown.one}"
        context = {"form": form, "title": title, "back": back, "verb": "Save",
                   "prefilled": prefill.labels(form, given)}  # fmt: skip
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "orders/form.html", context, status=status)

    def _url(self, door: str, *args: Any) -> str:
        return reverse(f"{self.prefix}:settings_{door}", args=args)

    def _allowed(self, request: HttpRequest, slug: str) -> Table:
        if slug not in self.tables:
            raise Http404
        if not me(request).has_perm(self.tables[slug].permission):
            raise PermissionDenied
        return self.tables[slug]
