"""What a KPI page shows of what people said: target, notes, signals, and the forms to say more."""

from typing import Any, Final

from django.http import HttpRequest

from kpis.definitions import Kpi, Measure
from kpis.forms import NoteForm, TargetForm
from kpis.queries import judged
from kpis.queries.figure import Figure
from kpis.queries.filters import Filters
from kpis.wording import comparable
from people.models import User

HOUR: Final = 3600


def said(request: HttpRequest, kpi: Kpi, filters: Filters, head: Figure) -> dict[str, Any]:
    """The context of it all, for the figures of `head`."""
    target = judged.target_of(head.measure, filters)
    return {
        "target": target,
        "met": judged.met(head.measure, head.value, target)
        if comparable(head.measure, filters)
        else None,
        "notes": judged.notes_of(kpi, filters),
        "signals": judged.signals_of(kpi, filters),
        "watched": judged.is_watched(me(request), kpi, filters),
        "target_form": TargetForm(
            initial={"value": shown(head.measure, target.value) if target else None,
                     "since": filters.end.replace(day=1)}
        ),
        "target_unit": unit_of(head.measure),
        "note_form": NoteForm(initial={"day": filters.end}),
    }  # fmt: skip


def unit_of(measure: Measure) -> str:
    """In what a target is typed."""
    return {"duration": "business hours", "share": "%", "days": "days"}.get(measure.unit, "")


def shown(measure: Measure, value: float) -> float:
    """A kept target as it is typed: hours, percent."""
    if measure.unit == "duration":
        return round(value / HOUR, 2)
    return round(value * 100, 2) if measure.unit == "share" else value


def kept(measure: Measure, typed: float) -> float:
    if measure.unit == "duration":
        return typed * HOUR
    return typed / 100 if measure.unit == "share" else typed


def me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the permission says so
    return request.user
