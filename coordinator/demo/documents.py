"""Documents that the demo's customers were asked for: waiting, come, sent back, overdue, done."""

import io
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Model, QuerySet

from comms.parties import parties_of, reachable
from coordinator.demo.stage import Year
from desk.models import SalesRequest
from documents import services
from documents.models import DocumentAsk
from kit.paper import Company, Paper, render
from orders.models import Order, QuoteFamily

A_DAY: Final = timedelta(days=1)
A_WHILE: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Wanted:
    """One ask: about what, which document, asked and due so many days ago (or from now), and what
    came of it."""

    about: str
    title: str
    words: str
    asked: int
    due: int
    then: str = ""
    files: int = 1
    template: str = ""


WANTED: Final = (
    Wanted("request", "Photo of the type plate", "We need the serial number to find the right seal: it stands on the plate at the motor.", 1, 3),
    Wanted("request", "Drawing of the pump pit", "The fitter needs the depth and the position of the drain before he comes.", 2, 4, "opened", 4),
    Wanted("order", "Signed VAT form", "Without it we must put tax on the invoice. Please fill in the form below, sign it and send it back.", 3, 2, "sent", 1, "VAT form.pdf"),
    Wanted("order", "Delivery times of your gate", "The carrier asks when a truck can be unloaded, and how long it may be.", 6, -1),
    Wanted("quote", "Signed offer", "A scan or a photo of the signed last page is enough.", 4, 1, "returned", 2),
    Wanted("quote", "Data sheet of the old pump", "So that we can compare the curves.", 9, -3, "sent", 3),
    Wanted("account", "Certificate of registration", "Our finance department needs it once a year.", 20, -6, "accepted"),
    Wanted("account", "Bank details on letter paper", "For the credit note.", 15, -5, "withdrawn"),
)  # fmt: skip


def set_up(year: Year) -> None:
    """A few asks in each state, on requests, orders, quotes and accounts."""
    taken: set[tuple[str, int]] = set()
    for wanted in WANTED:
        subject = _subject(year, wanted, taken)
        if subject is not None:
            _make(year, wanted, subject)


def _subject(year: Year, wanted: Wanted, taken: set[tuple[str, int]]) -> Model | None:
    """One that has somebody to ask, each only once; old enough for what is overdue already."""
    asked = year.now - wanted.asked * A_DAY
    for row in _rows(year, wanted.about):
        fits = wanted.due > 0 or _begun(row, asked) <= asked
        if fits and (wanted.about, row.pk) not in taken and _can_be_asked(row):
            taken.add((wanted.about, row.pk))
            return row
    return None


def _begun(row: Model, otherwise: datetime) -> datetime:
    """When there was something to ask about."""
    found = (getattr(row, name, None) for name in ("submitted_at", "placed_at", "sent_at"))
    return next((at for at in found if at is not None), otherwise)


def _rows(year: Year, about: str) -> "QuerySet[SalesRequest] | QuerySet[Order] | QuerySet[QuoteFamily] | list[Model]":  # fmt: skip
    if about == "request":
        return SalesRequest.objects.open().filter(contact__isnull=False).order_by("-pk")[:40]
    if about == "order":
        return Order.objects.filter(status__in=["confirmed", "handed_off"]).order_by("-pk")[:40]
    if about == "quote":
        return QuoteFamily.objects.filter(status="sent").order_by("-pk")[:40]
    return list(year.accounts[:40])


def _can_be_asked(row: Model) -> bool:
    return not services.finished(row) and bool(reachable(parties_of(row).contacts))


def _make(year: Year, wanted: Wanted, subject: Model) -> None:
    by, asked = year.company.coordinators[0], year.now - wanted.asked * A_DAY
    at = min(max(asked, _begun(subject, asked) + A_WHILE), year.now)
    person = reachable(parties_of(subject).contacts)[0]
    paper = (io.BytesIO(_paper("VAT form", person.name)), wanted.template)
    ask = services.ask(
        subject, contact=person, title=wanted.title, words=wanted.words,
        due_on=_day(year.now, wanted.due), due_time=time(17, 0), zone=person.zone or by.zone,
        max_files=wanted.files, template=paper if wanted.template else None, by=by, at=at,
    )  # fmt: skip
    _then(year, wanted, ask)


def _then(year: Year, wanted: Wanted, ask: DocumentAsk) -> None:
    by = ask.asked_by
    opened, sent, told = (min(ask.asked_at + n * A_WHILE, year.now) for n in (20, 24, 40))
    if wanted.then in {"opened", "sent", "returned", "accepted"}:
        services.mark_opened(ask, at=opened)
    if wanted.then in {"sent", "returned", "accepted"}:
        _send(ask, sent)
    if wanted.then == "returned":
        reason = "The signature is cut off. Please photograph the whole page."
        services.send_back(ask, reason=reason, by=by, at=told)
    if wanted.then == "accepted":
        services.accept(ask, by=by, at=told)
    if wanted.then == "withdrawn":
        services.withdraw(ask, reason="Finance had them.", by=by, at=told)


def _send(ask: DocumentAsk, at: datetime) -> None:
    key = services.fresh_link(ask, at=at).rstrip("/").rpartition("/")[2]
    link = services.open_link(key, at=at)
    if link is not None:
        file = (io.BytesIO(_paper(ask.title, ask.contact_name)), f"{ask.title}.pdf")
        services.receive(link, files=[file], note="Here it is, with kind regards.", at=at)
        ask.refresh_from_db()


def _paper(title: str, name: str) -> bytes:
    return render(
        Paper(
            title=title, number="1", company=Company(settings.COMPANY_NAME), to=[name], columns=[],
            rows=[], intro="Please fill in, sign and send back.",
        )
    )  # fmt: skip


def _day(now: datetime, days: int) -> date:
    return (now + days * A_DAY).date()
