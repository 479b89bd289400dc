"""A year at the desk, made with the same services that people use, at believable times."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from coordinator.demo import meetings as prepared
from coordinator.demo.stage import (
    ANSWERS,
    ASKS,
    HOUR,
    MINUTE,
    QUESTIONS,
    Year,
    answers,
    lines,
    submit,
)
from desk import services as desk
from desk.models import HandOff, SalesRequest
from meetings import services as meetings
from meetings.models import Meeting
from orders import services as orders
from orders.models import IssueKind, Order, OrderIssue, QuoteFamily, StockItem
from people import calendars
from people.models import User

UNCONFIRMED: Final = 0.4  # of the last days' meetings; sooner or later somebody says how it went


def live(year: Year, first: date) -> int:
    """Work every day from `first` until now; returns how many requests were made."""
    count = 0
    for at in _arrivals(year, first):
        kind = year.rng.choices(
            ("order", "question", "quote", "meeting", "material", "record-change"),
            weights=(34, 24, 16, 14, 7, 5),
        )[0]
        STORIES.get(kind, _plain)(year, kind, at)
        count += 1
    return count


def _arrivals(year: Year, first: date) -> Iterator[datetime]:
    """Working days have a rhythm: Monday and month ends are busy, August is not."""
    time = calendars.for_team(year.company.desk)
    day = first
    while day <= year.now.date():
        noon = datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
        if time.is_open(noon):
            busy = 1.3 if day.weekday() == 0 or day.day > 26 else 1.0
            wanted = year.rng.gauss(1.7 * busy * (0.6 if day.month == 8 else 1), 0.9)
            start = noon - timedelta(hours=3)
            moments = sorted(
                start + timedelta(minutes=year.rng.randint(0, 500))
                for _ in range(max(0, round(wanted)))
            )
            yield from (m for m in moments if m < year.now)
        day += timedelta(days=1)


def _claim(year: Year, row: SalesRequest, at: datetime) -> tuple[User, datetime] | None:
    """Somebody takes it after a while; None if that is still to come."""
    moment = year.later(at, 4 * MINUTE, 3 * HOUR)
    if not year.past(moment):
        return None
    who = year.rng.choice(year.company.coordinators)
    desk.claim(row, by=who, at=moment)
    return who, moment


def _question_back(year: Year, row: SalesRequest, who: User, at: datetime) -> datetime | None:
    """Sometimes the rep has to say more; None if the answer is still open."""
    if year.rng.random() > 0.28:
        return at
    asked = year.later(at, 5 * MINUTE, HOUR)
    answered = year.later(asked, 10 * MINUTE, 10 * HOUR)
    if not year.past(asked):
        return None
    desk.ask_requester(row, body=year.rng.choice(ASKS), by=who, at=asked)
    if not year.past(answered):
        return None
    desk.answer(row, body="Yes, as written. Thank you.", by=row.requester, at=answered)
    return answered


def _finish(year: Year, row: SalesRequest, who: User, at: datetime, words: str) -> None:
    said = year.later(at, 5 * MINUTE, 2 * HOUR)
    done = year.later(said, MINUTE, 3 * HOUR)
    if year.past(said):
        desk.reply(row, body=words, by=who, at=said)
    if not year.past(said, done):
        return
    desk.resolve(row, by=who, at=done)
    again = year.later(done, HOUR, 20 * HOUR)
    if year.rng.random() < 0.05 and year.past(again):
        desk.reopen(row, by=row.requester, at=again)
        closed = year.later(again, 20 * MINUTE, 5 * HOUR)
        if year.past(closed):
            desk.resolve(row, by=who, at=closed)


def _plain(year: Year, kind: str, at: datetime) -> None:
    """Questions, material, record changes: asked, claimed, answered."""
    product = year.rng.choice(year.products)
    subject = year.rng.choice(QUESTIONS).format(product.name.split(",")[0])
    row = submit(year, kind, subject[:200], at, answers(year.types[kind], product, subject))
    if year.rng.random() < 0.03:
        desk.withdraw(row, by=row.requester, at=at + timedelta(minutes=3))
        return
    claimed = _claim(year, row, at)
    if claimed is None:
        return
    who, moment = claimed
    ready = _question_back(year, row, who, moment)
    if ready is not None:
        _finish(year, row, who, ready, year.rng.choice(ANSWERS))


def _order(year: Year, kind: str, at: datetime) -> None:
    """From the request to delivery, with the mistakes that people make."""
    wanted = lines(year)
    data = {"lines": wanted, "po_number": f"PO-{year.rng.randint(10_000, 99_999)}"}
    first = next(p for p in year.products if p.sku == wanted[0]["sku"])
    row = submit(year, kind, f"Order: {first.name.split(',')[0]}", at, data)
    claimed = _claim(year, row, at)
    if claimed is None:
        return
    who, moment = claimed
    ready = _question_back(year, row, who, moment)
    if ready is None:
        return
    drafted = year.later(ready, 5 * MINUTE, HOUR)
    if not year.past(drafted):
        return
    order = desk.create_order(row, by=who, at=drafted)
    _fulfil(year, row, order, who, drafted)


def _fulfil(year: Year, row: SalesRequest | None, order: Order, who: User, at: datetime) -> None:
    confirmed = year.later(at, 3 * MINUTE, HOUR)
    if not year.past(confirmed) or order.account.credit_hold:
        orders.check(order, by=who, at=at)
        _give_up(year, row, order, who, at)
        return
    if not _make_good(order, who, at):
        return
    orders.confirm(order, by=who, at=confirmed)
    asked = year.later(confirmed, MINUTE, HOUR)
    if not year.past(asked):
        return
    handoff = desk.ask_department(
        year.company.logistics, ask=f"Pick and ship {order.number}", order=order, by=who, at=asked
    )
    promised = year.later(asked, 15 * MINUTE, 9 * HOUR)
    if not year.past(promised):
        return
    logistician = year.company.logistician
    ship_on = (promised + timedelta(days=year.rng.choice((2, 3, 3, 5)))).date()
    desk.accept_handoff(handoff, promised_on=ship_on, by=logistician, at=promised)
    if row is not None:
        _finish(
            year,
            row,
            who,
            promised,
            f"{order.number} is confirmed, logistics promise {ship_on:%d %B}.",
        )
    _deliver(year, order, handoff, who, ship_on)


def _give_up(year: Year, row: SalesRequest | None, order: Order, who: User, at: datetime) -> None:
    """An account on credit hold does not get its order; after some days nobody waits any more."""
    given_up = at + timedelta(days=4)
    if order.account.credit_hold and year.past(given_up):
        orders.cancel(order, by=who, at=given_up)
        if row is not None:
            desk.withdraw(row, by=row.requester, at=given_up)


def _make_good(order: Order, who: User, at: datetime) -> bool:
    """Fix what the checks find: take in more stock, or say why it may go on."""
    for issue in orders.check(order, by=who, at=at):
        if issue.kind == IssueKind.AVAILABILITY and issue.line is not None:
            item = StockItem.objects.select_related("product", "warehouse").get(
                product_id=issue.line.product_id
            )
            orders.receive(
                item.product,
                item.warehouse,
                issue.line.quantity * 40,
                by=who,
                at=at,
                reason="Delivery from the works",
            )
        elif issue.blocks:
            orders.override(issue, reason="Agreed with the customer by phone", by=who, at=at)
    return not any(i.blocks for i in orders.check(order, by=who, at=at))


def _deliver(year: Year, order: Order, handoff: HandOff, who: User, ship_on: date) -> None:
    late = year.rng.choices((0, 1, 3), weights=(86, 10, 4))[0]
    shipped = datetime(ship_on.year, ship_on.month, ship_on.day, 13, tzinfo=UTC) + timedelta(
        days=late
    )
    delivered = shipped + timedelta(days=year.rng.choice((1, 2, 2, 3)), hours=1)
    order.refresh_from_db()
    if not year.past(shipped):
        return
    logistician = year.company.logistician
    desk.finish_handoff(handoff, by=logistician, at=shipped)
    order.refresh_from_db()
    if not year.past(delivered):
        return
    orders.deliver(order, by=logistician, at=delivered)
    if year.rng.random() < 0.07:
        kind, cause, words = year.rng.choice(
            (
                (IssueKind.QUANTITY, OrderIssue.Cause.COORDINATOR, "Two pieces short of the PO"),
                (
                    IssueKind.WRONG_ITEM,
                    OrderIssue.Cause.WAREHOUSE,
                    "The wrong seal size was packed",
                ),
                (IssueKind.SHIP_TO, OrderIssue.Cause.COORDINATOR, "Sent to the old gate"),
                (IssueKind.DOCUMENT, OrderIssue.Cause.REP, "The certificate was missing"),
            )
        )
        orders.report_issue(
            order, kind=kind, cause=cause, message=words, by=who, at=delivered + timedelta(hours=20)
        )


def _quote(year: Year, kind: str, at: datetime) -> None:
    """Sent, then won (with its order), lost, or left to expire."""
    product = year.rng.choice(year.products)
    subject = f"Quote: {product.name.split(',')[0]}"
    row = submit(year, kind, subject, at, answers(year.types[kind], product, subject))
    claimed = _claim(year, row, at)
    if (
        claimed is None
        or row.account is None
        or not year.past(sent := year.later(claimed[1], 20 * MINUTE, 5 * HOUR))
    ):
        return
    who, rep = claimed[0], row.requester
    valid = (sent + timedelta(days=30)).date()
    quote = orders.quotes.create(
        row.account, title=subject, lines=lines(year), valid_until=valid, by=who, at=sent, rep=rep,
        contact=row.contact, payment_terms="30 days",
    )  # fmt: skip
    orders.quotes.send(quote, by=who, at=sent)
    _finish(
        year, row, who, sent, f"{quote.number} is with the customer, valid until {valid:%d %B}."
    )
    _decide(year, quote, who, sent)


def _decide(year: Year, quote: QuoteFamily, who: User, sent: datetime) -> None:
    decided = sent + timedelta(days=year.rng.choice((2, 4, 7, 12, 20)), hours=2)
    if not year.past(decided):
        return
    luck = year.rng.random()
    if luck < 0.42:
        po = f"PO-{year.rng.randint(10_000, 99_999)}"
        order = orders.quotes.convert(quote, by=who, at=decided, po_number=po)
        _fulfil(year, None, order, who, decided)
    elif luck < 0.68:
        reason = year.rng.choice(("Price", "Lead time", "Project postponed"))
        orders.quotes.decline(quote, reason=reason, by=who, at=decided)


def _meeting(year: Year, kind: str, at: datetime) -> None:
    """Scheduled, sometimes moved, then held or not."""
    account_words = year.rng.choice(
        (
            "Commissioning",
            "Plant visit",
            "Review of the frame contract",
            "Demo of the monitoring box",
        )
    )
    row = submit(
        year, kind, account_words, at, answers(year.types[kind], year.products[0], account_words)
    )
    claimed = _claim(year, row, at)
    if claimed is None or row.account is None:
        return
    who, moment = claimed
    booked = year.later(moment, 10 * MINUTE, 6 * HOUR)
    if not year.past(booked):
        return
    meeting = meetings.request_meeting(
        title=account_words, account=row.account, host=row.requester, attendees=[row.requester.pk],
        guests=[{"name": c.name, "email": c.email} for c in row.account.contacts.order_by("pk")[:1]],
        minutes=year.rng.choice((30, 45, 60)), window_from=booked, window_until=booked + timedelta(days=21),
        by=who, at=moment, team=year.company.desk,
    )  # fmt: skip
    if _book(year, meeting, who, booked):
        _finish(year, row, who, booked, "It is in the calendars; the customer has the invitation.")
        _held(year, meeting, who)


def _book(year: Year, meeting: Meeting, who: User, at: datetime) -> bool:
    """The first free of some believable slots."""
    time = calendars.for_team(year.company.desk)
    for _ in range(8):
        day = at + timedelta(days=year.rng.randint(2, 14))
        slot = day.replace(hour=year.rng.choice((9, 10, 13, 14)), minute=0, second=0, microsecond=0)
        if not time.is_open(slot):
            continue
        with suppress(meetings.SlotTaken):
            meetings.book(meeting, starts_at=slot, by=who, at=at)
            prepared.prepare(meeting, by=who, at=at, now=year.now)
            return True
    return False


def _held(year: Year, meeting: Meeting, who: User) -> None:
    meeting.refresh_from_db()
    starts = meeting.starts_at
    if starts is None or not year.past(starts + timedelta(hours=3)):
        return
    outcome = year.rng.choices(("held", "guest_no_show"), weights=(93, 7))[0]
    if year.now - starts < timedelta(days=9) and year.rng.random() < UNCONFIRMED:
        return
    begun = starts + timedelta(minutes=year.rng.choices((0, 2, 4, 12), weights=(50, 20, 20, 10))[0])
    meetings.confirm_outcome(
        meeting, outcome=outcome, started_at=begun if outcome == "held" else None, note="",
        by=who, at=starts + timedelta(hours=2), report=prepared.report_of(meeting, outcome),
    )  # fmt: skip


STORIES: Final[dict[str, Any]] = {"order": _order, "quote": _quote, "meeting": _meeting}
