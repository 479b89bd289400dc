"""The history of a record's fields: a page, and a part for one field."""

import re

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from crm import field_history as changes_of
from crm.models import RECORDS
from crm.records_seen import page_of, seen

FIELD = re.compile(r"\A[a-z][a-z0-9_]{0,59}\Z")


@require_safe
@permission_required("crm.view_account", raise_exception=True)
def field_history(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """All fields, or the one that `field` names (htmx gets it as a part)."""
    if kind not in RECORDS:
        raise Http404
    row = seen(request, kind, pk)
    field = request.GET.get("field", "")
    field = field if FIELD.match(field) else ""
    page, changes = changes_of.history(kind, pk, field=field, after=request.GET.get("after", ""))
    context = {
        "row": row, "kind": kind, "field": field, "page": page, "url": page_of(kind, pk),
        "changes": changes_of.with_owners(changes),
        "label": changes_of.labels(kind).get(field, field.replace("_", " ").capitalize()),
    }  # fmt: skip
    part = "#list" if request.htmx else ""  # type: ignore[attr-defined]
    return TemplateResponse(request, f"crm/field_history.html{part}", context)
