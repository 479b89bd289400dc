"""What orders know about a customer before a meeting (settings.PREP_SECTIONS)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Model, Q, Sum
from django.db.models.functions import TruncMonth
from django.urls import reverse

from crm.models import Account
from kit.briefing import Figure, Line, Section
from kit.markup import money
from orders.models import Invoice, Order, QuoteFamily, Status
from orders.queries.prices import portal_day
from people.models import User

SHOWN: Final = 6
INVOICES: Final = 8
MONTHS: Final = 12
NEVER_SOLD: Final = (Status.DRAFT, Status.CHECKED, Status.CANCELLED)
TONES: Final = {"won": "ok", "lost": "bad", "expired": "warn", "sent": "warn"}


def long_day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


def orders(
    account: Account | None, meeting: Model, user: User | None, now: datetime  # noqa: ARG001
) -> Section | None:  # fmt: skip
    """The last orders, with what holds them."""
    if account is None:
        return None
    rows = Order.objects.all() if user is None else Order.objects.visible_to(user)
    found = rows.filter(account=account).newest_first()[:SHOWN]
    lines = [
        Line(
            f"{row.number}, {money(row.net, row.currency)}",
            f"{row.get_status_display()}, placed {long_day(portal_day(row.placed_at))}{_when(row)}",
            reverse("orders:order", args=[row.pk]),
            "bad" if row.hold_reason else "",
        )
        for row in found
    ]
    return Section("orders", "Last orders", "package", lines, empty="They have not ordered yet.")


def _when(row: Order) -> str:
    if row.hold_reason:
        return f", on hold: {row.hold_reason}"
    under_way = row.status in {Status.CONFIRMED, Status.HANDED_OFF}
    return f", promised for {long_day(row.promised_on)}" if under_way and row.promised_on else ""


def quotes(
    account: Account | None, meeting: Model, user: User | None, now: datetime  # noqa: ARG001
) -> Section | None:  # fmt: skip
    """The last quotes, open ones first to be seen."""
    if account is None:
        return None
    rows = QuoteFamily.objects.all() if user is None else QuoteFamily.objects.visible_to(user)
    found = rows.filter(account=account).order_by("-created_at", "-pk")[:SHOWN]
    lines = [
        Line(
            f"{row.number} {row.title}, {money(row.amount, row.currency)}",
            f"{row.get_status_display()}, valid until {long_day(row.valid_until)}"
            + (f", {row.lost_reason}" if row.lost_reason else ""),
            reverse("orders:quote", args=[row.pk]),
            TONES.get(row.status, ""),
        )
        for row in found
    ]
    return Section("quotes", "Last quotes", "file-invoice", lines, empty="Nothing was quoted yet.")


def numbers(
    account: Account | None, meeting: Model, user: User | None, now: datetime  # noqa: ARG001
) -> Section | None:  # fmt: skip
    """Sales by month: net of confirmed orders by the day they were placed, in the account's money.

    Of the orders that the reader may see; a new month is no news, so it is not compared.
    """
    if account is None:
        return None
    months = _months(portal_day(now))
    rows = Order.objects.all() if user is None else Order.objects.visible_to(user)
    sold = rows.filter(account=account, currency=account.currency, placed_at__gte=months[0])
    sums = dict(
        sold.exclude(status__in=NEVER_SOLD)
        .order_by()
        .annotate(month=TruncMonth("placed_at", tzinfo=ZoneInfo(settings.TIME_ZONE)))
        .values_list("month")
        .annotate(net=Sum("net"))
    )
    by_month = {(key.year, key.month): net for key, net in sums.items()}
    figures = [
        Figure(f"{start:%b %Y}", float(by_month.get((start.year, start.month), 0)))
        for start in months
    ]
    whole = sum(by_month.values(), Decimal(0))
    lines = [Line(f"{money(whole, account.currency)} in the last {MONTHS} months")]
    return Section(
        "numbers", "Sales by month", "chart-bar", lines, figures, account.currency, compared=False
    )


def _months(today: date) -> list[datetime]:
    """The first days of the last months on the portal's clock, this one last."""
    first = today.year * 12 + today.month - MONTHS
    return [_midnight(date(n // 12, n % 12 + 1, 1)) for n in range(first, first + MONTHS)]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(settings.TIME_ZONE))


def payment(
    account: Account | None, meeting: Model, user: User | None, now: datetime  # noqa: ARG001
) -> Section | None:  # fmt: skip
    """Open and overdue invoices, and how much credit is left."""
    if account is None:
        return None
    today = portal_day(now)
    unpaid = Invoice.objects.filter(
        account=account, status=Invoice.Status.ISSUED, kind=Invoice.Kind.INVOICE
    )
    own = Q(currency=account.currency)
    sums = unpaid.aggregate(
        open=Sum("gross", filter=own), late=Sum("gross", filter=own & Q(due_on__lt=today))
    )
    lines = [_sum("Open invoices", sums["open"], account, "")]
    lines.append(_sum("Overdue", sums["late"], account, "bad"))
    lines += _credit(account)
    for row in unpaid.filter(due_on__lt=today).order_by("due_on", "pk")[:INVOICES]:
        lines.append(
            Line(
                f"{row.number}, {money(row.gross, row.currency)}",
                f"was due {long_day(row.due_on)}" if row.due_on else "",
                tone="bad",
            )
        )
    return Section("payment", "Payment", "receipt", lines)


def _sum(label: str, value: Decimal | None, account: Account, tone: str) -> Line:
    return Line(f"{label}: {money(value or 0, account.currency)}", tone=tone if value else "")


def _credit(account: Account) -> list[Line]:
    if account.credit_hold:
        return [Line("On credit hold", account.credit_hold_reason, tone="bad")]
    if account.credit_limit is None:
        return [Line("No credit limit")]
    owed = Order.objects.owed().filter(account=account, currency=account.currency)
    used = owed.aggregate(net=Sum("net"))["net"] or Decimal(0)
    left = account.credit_limit - used
    note = (
        f"limit {money(account.credit_limit, account.currency)}, {money(used, account.currency)} "
        "of it in orders under way"
    )
    tone = "bad" if left < 0 else ""
    return [Line(f"Credit left: {money(left, account.currency)}", note, tone=tone)]
