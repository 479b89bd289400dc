"""A person's rights: all that is kept of her given out, or taken out of everything."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from crm.forms_quality import EraseForm
from crm.models import Contact, Erasure
from crm.services import erasing, giving
from crm.services.pointing import pointers
from journal.idempotency import form_once
from kit.pages import keyset_page
from people.doors import me

ERASE: Final = "crm.erase_person"
MOST_COUNTED: Final = 1_000


def _contact(request: HttpRequest, pk: int) -> Contact:
    rows = Contact.objects.visible_to(me(request)).select_related("account")
    return get_object_or_404(rows, pk=pk)


@require_safe
@permission_required(ERASE, raise_exception=True)
def privacy(request: HttpRequest, pk: int) -> HttpResponse:
    """What is kept of a person, and the two things that she can ask for."""
    return _page(request, _contact(request, pk))


def _page(request: HttpRequest, row: Contact, *, status: int = 200, **extra: Any) -> HttpResponse:
    kept: dict[str, int] = {}
    for pointer in pointers(Contact):
        found = pointer.rows(Contact, row.pk).order_by()[:MOST_COUNTED].count()
        if found:
            words = str(pointer.model._meta.verbose_name_plural).capitalize()
            kept[words] = kept.get(words, 0) + found
    context = {
        "row": row, "kept": sorted(kept.items()), "most": MOST_COUNTED, "form": EraseForm(),
        "stays": sorted(set(erasing.KEPT.values())),
        "others": erasing.same_person(row).exclude(pk=row.pk).count(),
        "erasure": Erasure.objects.filter(contact_id=row.pk).first(), **extra,
    }  # fmt: skip
    return TemplateResponse(request, "crm/privacy.html", context, status=status)


@require_POST
@permission_required(ERASE, raise_exception=True)
def export_person(request: HttpRequest, pk: int) -> FileResponse:
    row = _contact(request, pk)
    file = giving.export(row, by=me(request), at=timezone.now())
    name = f"{slugify(row.name) or 'person'}-{row.pk}.zip"
    answer = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@permission_required(ERASE, raise_exception=True)
def erase_person(request: HttpRequest, pk: int) -> HttpResponse:
    """The second step: the name was typed."""
    row, form = _contact(request, pk), EraseForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form, status=422)

    def effect() -> str:
        erasing.ask(
            row, ground=form.cleaned_data["ground"], typed=form.cleaned_data["typed"],
            by=me(request), at=timezone.now(),
        )  # fmt: skip
        return reverse("crm:erasures")

    try:
        target = form_once(request, effect)
    except erasing.NotErasable as refusal:
        form.add_error("typed", str(refusal))
        return _page(request, row, form=form, status=422)
    messages.success(request, "It is being done. This takes some minutes.")
    return redirect(target)


@require_safe
@permission_required(ERASE, raise_exception=True)
def erasures(request: HttpRequest) -> HttpResponse:
    """Who erased whom, when: without any name."""
    rows = Erasure.objects.values(
        "pk", "contact_id", "digest", "status", "ground", "counts", "by__name", "at", "finished_at"
    )
    page = keyset_page(rows, keys=("-at", "pk"), after=request.GET.get("after", ""))
    for one in page.rows:
        one["ground"] = erasing.GROUNDS.get(one["ground"], one["ground"])
        one["done"] = [(what.capitalize(), n) for what, n in one["counts"].items() if n]
    return TemplateResponse(request, "crm/erasures.html", {"page": page})
