"""One request: its page, and who is on it."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from comms.composing import Composer, composer
from comms.conversation import SIGNS, Conversation, conversation
from desk import forms, queries, services
from desk.forms_queue import workers
from desk.models import Presence, Priority, SalesRequest, Satisfaction
from desk.queries.rows import HERE_FOR
from desk.services import closing, keeping
from journal.models import Entry
from people import services as people
from people.doors import me
from people.models import Party, User

SCORES = ((5, "Very good"), (4, "Good"), (3, "All right"), (2, "Not good"), (1, "Bad"))


def visible(request: HttpRequest, pk: int) -> SalesRequest:
    """The request, if this person may see it; 404 otherwise."""
    rows = SalesRequest.objects.visible_to(me(request)).select_related(
        "type", "account", "contact", "requester", "holder", "team__calendar", "order", "meeting",
        "quote", "party_user", "party_department", "duplicate_of",
    )  # fmt: skip
    return get_object_or_404(rows, pk=pk)


@require_safe
@permission_required("desk.view_salesrequest", raise_exception=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a request."""
    return page(request, visible(request, pk))


def page(
    request: HttpRequest, row: SalesRequest, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """The page, also after a refusal: what was typed stays."""
    user, now = me(request), timezone.now()
    works = user.has_perm("desk.work_queue")
    spans = queries.custody(row, row.resolved_at or now)
    fields, checklist = services.form_of(row)
    talk = conversation(user, row, now=now)
    context = {
        "row": row, "works": works, "is_requester": row.requester_id == user.pk, "now": now,
        "talk": talk, "signs": SIGNS, "spans": spans,
        "c": _composer(talk, user, now, extra.get("refused")) if row.status != "done" else None,
        "left": (row.due_at - now).total_seconds() if row.due_at else row.left_seconds,
        "total": sum(s.seconds for s in spans), "answers": answers(row, fields),
        "handoffs": row.handoffs.select_related("department").order_by("-pk"),
        "timeline": Entry.objects.about(row).newest_first()[:30],
        "handoff_form": forms.HandOffForm(), "reopen_form": forms.ReopenForm(),
        "duplicate_form": forms.DuplicateForm(), "priorities": Priority.choices,
        "resolve_form": forms.ResolveForm(), "split_form": forms.SplitForm(), "tag_form": forms.TagForm(),
        "checklist": [(step, step in row.checked) for step in checklist],
        "missing": closing.unfinished(row) if works and row.status != "done" else "",
        "watchers": row.watchers.select_related("user").order_by("pk"), "parts": row.splits.order_by("pk"),
        "merged": row.duplicates.select_related("requester").order_by("pk"),
        "watches": row.watchers.filter(user=user).exists(),
        "changes": row.record_changes.select_related("proposed_by", "decided_by", "account", "contact").order_by("-pk"),
        "rating": Satisfaction.objects.filter(request=row).first(), "scores": SCORES,
        "my_turn": row.party == Party.REP and row.requester_id == user.pk, **extra,
    }  # fmt: skip
    if works:
        context |= {"workers": list(workers()), "here": present(row, user)}
    return TemplateResponse(request, "desk/request.html", context, status=status)


def _composer(
    talk: Conversation, user: User, now: datetime, refused: Form | None
) -> Composer | None:
    """The form below the conversation; words of a step that was refused can be sent from there."""
    body = refused.data.get("body", "") if refused is not None else ""
    return composer(talk, user, now=now, initial={"body": body} if body else None)


def present(row: SalesRequest, user: User) -> list[Presence]:
    """Which colleagues have it open now, writers first."""
    since = timezone.now() - HERE_FOR
    found = Presence.objects.filter(request=row, seen_at__gt=since).exclude(user=user)
    return list(found.select_related("user").order_by("-doing", "pk"))


@require_POST
@permission_required("desk.work_queue", raise_exception=True)
def here(request: HttpRequest, pk: int) -> HttpResponse:
    """A page says every few seconds that it is open, and hears who else is there."""
    row, user, now = visible(request, pk), me(request), timezone.now()
    if request.POST.get("doing") == "gone":
        keeping.gone(row, user)
        return HttpResponse(status=204)
    writes = request.POST.get("doing") == Presence.Doing.REPLYING
    doing = Presence.Doing.REPLYING if writes else Presence.Doing.READING
    keeping.here(row, user, doing=doing, at=now)
    people.seen(user, at=now)
    context = {"here": present(row, user), "row": row, "since": request.POST.get("version", "")}
    return TemplateResponse(request, "desk/request.html#here", context)


def answers(row: SalesRequest, fields: list[dict[str, Any]]) -> list[tuple[str, Any, str]]:
    """(label, value, kind) of what the requester filled in, as the form was then."""
    result = []
    for field in fields:
        value = row.data.get(field["name"])
        if value not in (None, ""):
            if field["kind"] == "choice":
                value = dict(map(tuple, field["choices"])).get(value, value)
            result.append((field["label"], value, field["kind"]))
    return result


def row_url(row: SalesRequest) -> str:
    return f"/requests/{row.pk}/"
