"""One suggestion, and every step of its life."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from improve import forms, services
from improve.guard import confidence
from improve.models import WATCHED, IllegalMove, State, Suggestion
from improve.queries import detail as queries
from improve.queries.lists import who
from improve.views.lists import ACTS, SEES
from journal.idempotency import form_once
from people.doors import me

BIGGEST: Final = 2**62
UNFIT = (services.BadDay, services.NoReason, services.Unsaid)
Act = Callable[[HttpRequest, Suggestion, dict[str, Any]], Any]


def found(pk: int) -> Suggestion:
    if pk >= BIGGEST:
        raise Http404
    rows = Suggestion.objects.select_related("team", "accepted_by")
    return get_object_or_404(rows, pk=pk)


@require_safe
@permission_required(SEES, raise_exception=True)
def suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    """The evidence, the calculation, the change, and what became of it."""
    return page(request, found(pk))


def page(request: HttpRequest, row: Suggestion, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page, also after a refusal: what was typed stays."""
    user = me(request)
    detector = queries.detector_of(row)
    today = timezone.localdate()
    context = {
        "row": row, "detector": detector, "sure": confidence(row.q), "who": who(row),
        "change": queries.change_of(row, user), "watched": row.state in WATCHED,
        "rows": queries.rows_of(row, detector.subject if detector else "", user),
        "history": queries.history(row), "may": user.has_perm(ACTS),
        "comments": row.comments.select_related("by").order_by("at", "pk")[:200],
        "open": row.state in {State.NEW, State.LOOKED},
        "dismiss_form": forms.bound(forms.DismissForm, "dismiss"),
        "snooze_form": forms.bound(forms.SnoozeForm, "snooze", days=30),
        "made_form": forms.bound(forms.MadeForm, "made", on=row.changed_on or today),
        "comment_form": forms.bound(forms.CommentForm, "comment"), **extra,
    }  # fmt: skip
    return TemplateResponse(request, "improve/suggestion.html", context, status=status)


def _step(
    act: Act, *, form_of: type[Form] | None = None, slot: str = "", permission: str = ACTS,
    after: Callable[[HttpRequest, Suggestion], str] | None = None,
) -> Any:  # fmt: skip
    """A door for one step: check, parse, one service call, back to the page."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        row = found(pk)
        form = forms.bound(form_of, slot.removesuffix("_form"), request.POST) if form_of else None
        shown = {slot: form} if form is not None else {}
        if form is not None and not form.is_valid():
            return page(request, row, status=422, **shown)

        def effect() -> str:
            act(request, row, form.cleaned_data if form is not None else {})
            here = reverse("improve:suggestion", args=[row.pk])
            return after(request, row) if after is not None else here

        try:
            return redirect(form_once(request, effect))
        except IllegalMove as refusal:
            return page(request, found(pk), status=409, problem=str(refusal), **shown)
        except UNFIT as refusal:
            return page(request, found(pk), status=422, problem=str(refusal), **shown)

    return require_POST(permission_required(permission, raise_exception=True)(view))


def _where_it_is_made(request: HttpRequest, row: Suggestion) -> str:
    """The page of the change, filled in; its own page for who may not make it."""
    change = queries.change_of(row, me(request))
    if change.may:
        return change.url
    messages.success(request, f"Accepted. {who(row)} make this change.")
    return reverse("improve:suggestion", args=[row.pk])


look = _step(lambda request, row, _: services.look(row, by=me(request), at=timezone.now()))
accept = _step(
    lambda request, row, _: services.accept(row, by=me(request), at=timezone.now()),
    after=_where_it_is_made,
)
made = _step(
    lambda request, row, said: services.made(row, on=said["on"], by=me(request), at=timezone.now()),
    form_of=forms.MadeForm,
    slot="made_form",
)
take_back = _step(
    lambda request, row, _: services.take_back(row, by=me(request), at=timezone.now())
)
dismiss = _step(
    lambda request, row, said: services.dismiss(
        row, reason=said["reason"], by=me(request), at=timezone.now()
    ),
    form_of=forms.DismissForm,
    slot="dismiss_form",
)
open_again = _step(
    lambda request, row, _: services.open_again(row, by=me(request), at=timezone.now())
)
snooze = _step(
    lambda request, row, said: services.snooze(
        row, days=said["days"], by=me(request), at=timezone.now()
    ),
    form_of=forms.SnoozeForm,
    slot="snooze_form",
)
comment = _step(
    lambda request, row, said: services.comment(
        row, body=said["body"], by=me(request), at=timezone.now()
    ),
    form_of=forms.CommentForm,
    slot="comment_form",
    permission=SEES,
)
