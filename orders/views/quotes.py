"""Quotes: the list, one with its revisions, and what the desk does to it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from journal.idempotency import form_once
from journal.models import Entry
from kit.pages import keyset_page
from orders import services
from orders.forms_quotes import LinesForm, LostForm, OptionForm, QuoteForm, RevisionForm
from orders.models import LostKind, Order, QuoteFamily, QuoteMoveRefused, QuoteRevision
from orders.queries import quotes as reads
from orders.services.quotes import sending
from orders.services.quotes.ordering import current, left_of
from orders.views.orders import first_contact, form_page
from people.doors import me

TIMELINE = 30
CONFLICTS = (services.Conflicting, QuoteMoveRefused)
change = permission_required("orders.change_quotefamily", raise_exception=True)


@permission_required("orders.view_quotefamily", raise_exception=True)
def quotes(request: HttpRequest) -> HttpResponse:
    """Newest first; those accepted too late wait for a word."""
    status = request.GET.get("status", "")
    rows = QuoteFamily.objects.visible_to(me(request))
    late = rows.late().count()
    if status == "late":
        rows = rows.late()
    elif status in QuoteFamily.Status.values:
        rows = rows.filter(status=status)
    else:
        status = ""
    shown = rows.values(
        "pk", "number", "title", "account__name", "amount", "currency", "status", "valid_until",
        "created_at", "late_at",
    )  # fmt: skip
    page = keyset_page(shown, keys=("-created_at", "pk"), after=request.GET.get("after", ""))
    context = {"page": page, "status": status, "statuses": QuoteFamily.Status, "late": late}
    return TemplateResponse(request, "orders/quotes.html", context)


@permission_required("orders.view_quotefamily", raise_exception=True)
def quote(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(request, pk))


@permission_required("orders.add_quotefamily", raise_exception=True)
def new_quote(request: HttpRequest) -> HttpResponse:
    form = QuoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)

        def effect() -> str:
            account = data.pop("account")
            made = services.quotes.create(
                account, by=me(request), at=timezone.now(), contact=first_contact(account), **data
            )
            return reverse("orders:quote", args=[made.pk])

        return redirect(form_once(request, effect))
    return form_page(request, form, "New quote", reverse("orders:quotes"), "Draft quote")


@require_POST
@change
def edit_revision(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The whole grid at once; what is wrong stands beside its row, with what was typed."""
    row = _found(request, pk)
    revision = get_object_or_404(row.revisions, number=number)
    revision.family = row
    header, grid = RevisionForm(request.POST, instance=revision), LinesForm(request.POST)
    good = grid.is_valid()
    if not header.is_valid() or not good:
        again = _found(request, pk)
        return _page(request, again, grid=grid, header=header, status=422,
                     problem="That was not saved. Look at the marked rows.")  # fmt: skip
    fresh = row.revisions.get(number=number)
    fresh.family = row

    def effect() -> None:
        services.quotes.set_content(
            fresh, lines=grid.lines, by=me(request), at=timezone.now(), **header.cleaned_data
        )

    return _do(request, row, effect, grid=grid)


@require_POST
@change
def send_quote(request: HttpRequest, pk: int) -> HttpResponse:
    row = _found(request, pk)
    words = f"{row.number} counts as sent from now on."
    return _do(
        request,
        row,
        lambda: services.quotes.send(row, by=me(request), at=timezone.now()),
        words,
    )


@require_POST
@change
def ask_release(request: HttpRequest, pk: int) -> HttpResponse:
    row = _found(request, pk)
    revision = get_object_or_404(row.revisions.order_by("-number")[:1])
    revision.family = row
    return _do(
        request,
        row,
        lambda: services.quotes.ask_approval(revision, by=me(request), at=timezone.now()),
        "The approver was asked.",
    )


@require_POST
@change
def recall_quote(request: HttpRequest, pk: int) -> HttpResponse:
    row = _found(request, pk)
    revision = get_object_or_404(row.revisions.order_by("-number")[:1])
    revision.family = row
    return _do(
        request,
        row,
        lambda: services.quotes.recall(revision, by=me(request), at=timezone.now()),
    )


@require_POST
@change
def revise_quote(request: HttpRequest, pk: int) -> HttpResponse:
    """A new revision, or with a name an alternative beside it."""
    row, form = _found(request, pk), OptionForm(request.POST)
    option = form.cleaned_data["option"] if form.is_valid() else None
    return _do(
        request,
        row,
        lambda: services.quotes.revise(row, by=me(request), at=timezone.now(), option=option),
    )


@require_POST
@permission_required("orders.add_quotefamily", raise_exception=True)
def copy_quote(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest revision as the draft of another deal."""
    row = _found(request, pk)

    def effect() -> str:
        made = services.quotes.clone(row, by=me(request), at=timezone.now())
        return reverse("orders:quote", args=[made.pk])

    return redirect(form_once(request, effect))


@require_POST
@change
def decline_quote(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = _found(request, pk), LostForm(request.POST)
    if not form.is_valid():
        return _page(request, row, problem="Say why it was lost.", status=422)
    data = form.cleaned_data
    return _do(
        request,
        row,
        lambda: services.quotes.decline(row, by=me(request), at=timezone.now(), **data),
    )


@require_POST
@change
def answer_late(request: HttpRequest, pk: int) -> HttpResponse:
    """The desk stands by an offer that was accepted too late, or not."""
    row = _found(request, pk)
    stands = request.POST.get("answer") == "yes"
    verb = services.quotes.confirm_late if stands else services.quotes.refuse_late
    words = f"{row.number} is won." if stands else "It stays expired. Revise it to offer again."
    return _do(request, row, lambda: verb(row, by=me(request), at=timezone.now()), words)


@require_POST
@permission_required("orders.add_order", raise_exception=True)
def order_from_quote(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft with all that is left of the quote, or with the quantities of the form."""
    row = _found(request, pk)
    typed = {k: v for k, v in request.POST.items() if k.startswith("take-") and k[5:].isdecimal()}
    grid = LinesForm(request.POST)
    try:
        wanted = {int(k[5:][:18]): _quantity(str(v)) for k, v in typed.items()} or None

        def effect() -> str:
            made = services.quotes.convert(
                row, by=me(request), at=timezone.now(), quantities=wanted,
                po_number=request.POST.get("po_number", "").replace("\0", "").strip()[:60],
            )  # fmt: skip
            return reverse("orders:order", args=[made.pk])

        return redirect(form_once(request, effect))
    except CONFLICTS as refusal:
        return _page(request, _found(request, pk), problem=str(refusal), grid=grid)
    except services.Unusable as refusal:
        return _page(request, _found(request, pk), problem=str(refusal), status=422)


def _quantity(text: str) -> Any:
    """A quantity from the form that orders a part.

    :raises BadLine: for what is no quantity.
    """
    return services.quantity_of(text)


@permission_required("orders.view_quotefamily", raise_exception=True)
def compare(request: HttpRequest, pk: int, before: int, after: int) -> HttpResponse:
    """Two revisions side by side."""
    row = _found(request, pk)
    pair = [get_object_or_404(row.revisions, number=number) for number in (before, after)]
    context = {"quote": row, "before": pair[0], "after": pair[1], "diff": reads.diff(*pair)}
    return TemplateResponse(request, "orders/compare.html", context)


def _found(request: HttpRequest, pk: int) -> QuoteFamily:
    rows = QuoteFamily.objects.visible_to(me(request))
    return get_object_or_404(rows.select_related("account", "contact", "rep"), pk=pk)


def _do(
    request: HttpRequest, row: QuoteFamily, effect: Callable[[], object], done: str = "",
    grid: LinesForm | None = None,
) -> HttpResponse:  # fmt: skip
    """Do it once and go back to the quote; a refusal shows the page with its reason."""
    back = reverse("orders:quote", args=[row.pk])

    def once() -> str:
        effect()
        return back

    try:
        form_once(request, once)
    except CONFLICTS as refusal:
        return _page(request, _found(request, row.pk), problem=str(refusal), grid=grid)
    except services.Unusable as refusal:
        again = _found(request, row.pk)
        return _page(request, again, problem=str(refusal), grid=grid, status=422)
    if done:
        messages.success(request, done)
    return redirect(back)


def _page(
    request: HttpRequest, row: QuoteFamily, *, problem: str = "", status: int = 409,
    grid: LinesForm | None = None, header: RevisionForm | None = None,
) -> HttpResponse:  # fmt: skip
    revisions = list(row.revisions.order_by("-number"))
    shown = _chosen(request, revisions)
    context = {
        "quote": row, "revisions": revisions, "revision": shown, "problem": problem,
        "typed": grid.rows if grid is not None and problem else None,
        "header": header or (RevisionForm(instance=shown) if shown else None),
        "orders": Order.objects.filter(quote=row).newest_first()[:10],
        "timeline": Entry.objects.about(row).newest_first()[:TIMELINE],
        "lost_kinds": LostKind.choices, **_revision(row, shown),
    }  # fmt: skip
    code = status if problem else 200
    return TemplateResponse(request, "orders/quote.html", context, status=code)


def _chosen(request: HttpRequest, revisions: list[QuoteRevision]) -> QuoteRevision | None:
    wanted = request.GET.get("rev", "")
    named = [r for r in revisions if str(r.number) == wanted]
    return next(iter(named or revisions), None)


def _revision(row: QuoteFamily, shown: QuoteRevision | None) -> dict[str, Any]:
    """What belongs to the revision that is looked at."""
    if shown is None:
        return {}
    shown.family = row
    counts = current(row)
    left = left_of(counts) if counts is not None else {}
    lines = reads.shown_lines(shown)
    draft = shown.status == "draft"
    return {
        "lines": lines,
        "totals": reads.revision_totals(shown),
        "left": {line.pk: reads.ordered_of(left, line) for line in lines},
        "orderable": counts is not None and counts.pk == shown.pk and any(left.values()),
        "breaches": sending.needed(shown, timezone.now()) if draft else [],
        "released": draft and shown.approved_hash == shown.content_hash,
        "approvals": shown.approvals.select_related("approver", "decided_by").order_by("-pk"),
        "public_url": sending.public_url(shown) if shown.sent_at else "",
    }
