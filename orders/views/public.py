"""What customers open from a signed link, without an account: a quote, an order's status.

Reading changes nothing but "seen"; every answer is a form, so that a mail scanner that follows
links accepts nothing.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from comms.models import Message, Visibility
from comms.services import Unsendable
from kit.limits import address, limited
from orders import services
from orders.forms_quotes import AcceptForm, PublicDeclineForm, QuestionForm
from orders.models import QuoteMoveRefused, QuoteRevision
from orders.queries import quotes as reads
from orders.queries.prices import portal_day

REFUSALS = (services.Conflicting, services.Unusable, QuoteMoveRefused, Unsendable)


def _revision(pk: int, key: str) -> QuoteRevision:
    """The revision that a link names; a wrong key and a draft look like nothing at all."""
    rows = QuoteRevision.objects.select_related("family__account", "family__contact", "family__rep")
    row = rows.filter(pk=pk, link_key=key).exclude(status__in=["draft", "waiting"]).first()
    if row is None or row.sent_at is None:
        raise Http404
    return row


@never_cache
@require_safe
@login_not_required
@limited
def public_quote(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    row = _revision(pk, key)
    if request.method == "GET":
        services.quotes.mark_viewed(row, at=timezone.now())
    return _page(request, row)


@require_POST
@login_not_required
@limited
def accept_quote(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    row, form = _revision(pk, key), AcceptForm(request.POST)
    if not form.is_valid():
        return _page(request, row, accept=form, status=422)
    try:
        in_time = services.quotes.accept(
            row, address=address(request) or None, at=timezone.now(), **form.cleaned_data
        )
    except REFUSALS as refusal:
        return _page(request, _revision(pk, key), problem=str(refusal), accept=form, status=409)
    return redirect(f"{request.path.removesuffix('accept/')}?{'thanks' if in_time else 'late'}=1")


@require_POST
@login_not_required
@limited
def refuse_quote(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    row, form = _revision(pk, key), PublicDeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, row, decline=form, status=422)
    if row.status != "sent":
        return _page(request, row, problem="This offer is not open any more.", status=409)
    try:
        services.quotes.decline(row.family, by=None, at=timezone.now(), **form.cleaned_data)
    except REFUSALS as refusal:
        return _page(request, row, problem=str(refusal), decline=form, status=409)
    return redirect(f"{request.path.removesuffix('decline/')}?sorry=1")


@require_POST
@login_not_required
@limited
def ask_quote(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    row, form = _revision(pk, key), QuestionForm(request.POST)
    if not form.is_valid():
        return _page(request, row, question=form, status=422)
    try:
        services.quotes.ask(row, at=timezone.now(), **form.cleaned_data)
    except REFUSALS as refusal:
        return _page(request, row, problem=str(refusal), question=form, status=422)
    return redirect(f"{request.path.removesuffix('ask/')}?asked=1")


def _page(
    request: HttpRequest, row: QuoteRevision, *, problem: str = "", status: int = 200,
    accept: AcceptForm | None = None, decline: PublicDeclineForm | None = None,
    question: QuestionForm | None = None,
) -> HttpResponse:  # fmt: skip
    family = row.family
    newer = family.revisions.filter(number__gt=row.number, option=row.option, status="sent")
    options = family.revisions.filter(status="sent").exclude(option=row.option)
    talk = Message.objects.filter(
        thread__subject_type="orders.quotefamily", thread__subject_id=family.pk,
        visibility=Visibility.CUSTOMER,
    ).order_by("at", "pk")  # fmt: skip
    context = {
        "row": row, "quote": family, "company": settings.COMPANY_NAME, "lines": reads.shown_lines(row),
        "totals": reads.revision_totals(row), "problem": problem, "talk": talk[:50],
        "newer": newer.order_by("-number").first() if row.status != "accepted" else None,
        "options": options.order_by("number"),
        "over": row.valid_until < portal_day(timezone.now()),
        "accept": accept or AcceptForm(initial={"content_hash": row.content_hash}),
        "decline": decline or PublicDeclineForm(), "question": question or QuestionForm(),
        "said": next((w for w in ("thanks", "late", "sorry", "asked") if w in request.GET), ""),
    }  # fmt: skip
    answer = TemplateResponse(request, "orders/public_quote.html", context, status=status)
    answer["X-Robots-Tag"] = "noindex"
    return answer
