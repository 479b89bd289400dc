"""Cells of lists and cards of boards, made of plain values: a template costs more than its query."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from crm import custom
from crm.models import Activity
from crm.queries.listings import SPOKEN
from crm.queries.tables import Column, Known, Listing
from kit import markup

register = template.Library()
Row = Mapping[str, Any]
SIGNS: Final[Mapping[str, str]] = {
    Activity.Kind.CALL: "phone", Activity.Kind.NOTE: "note", Activity.Kind.MAIL: "mail",
    Activity.Kind.VISIT: "map-pin", Activity.Kind.OTHER: "message",
}  # fmt: skip


@lru_cache(maxsize=64)
def _pattern(name: str) -> str:
    """The address of a page with %s for its key: reversed once, not for every row."""
    return reverse(name, args=[0]).replace("0", "%s")


@register.simple_tag
def record_url(listing: Listing, row: Row) -> str:
    return str(_pattern(listing.page) % row[listing.page_key])


@lru_cache(maxsize=16)
def _cell_pattern() -> str:
    return reverse("crm:cell", args=["kind", 0, "field"]).replace("kind/0/field", "%s/%s/%s")


def cell_url(kind: str, pk: int, field: str) -> str:
    return _cell_pattern() % (kind, pk, field)


# ── how values are shown: (row, column, what is known) -> words or markup ──
def _text(row: Row, column: Column, _known: Known) -> Any:
    return row[column.path] or ""


def _money(row: Row, column: Column, _known: Known) -> Any:
    value = row[column.path]
    return "" if value is None else markup.money(value, row["currency"])


def _number(row: Row, column: Column, _known: Known) -> Any:
    value: Decimal | None = row[column.path]
    return "" if value is None else markup.number(value)


def _moment(row: Row, column: Column, known: Known) -> Any:
    at: datetime | None = row[column.path]
    return "" if at is None else markup.when(at, known.now)


def _age(row: Row, column: Column, known: Known) -> Any:
    days = max((known.now - row[column.path]).days, 0)
    words = "today" if not days else f"{days}{markup.NBSP}d"
    return markup.chip(words, "warn", "clock") if _is_stale(row, days, known) else words


def _is_stale(row: Row, days: int, known: Known) -> bool:
    if row.get("status") != "open":
        return False
    allowed = {stage.pk: stage.stale_days for stage in known.stages}.get(row["stage_id"])
    return bool(allowed and days >= allowed)


def _choice(row: Row, column: Column, _known: Known) -> Any:
    return column.words.get(row[column.path], row[column.path] or "")


def _list(row: Row, column: Column, _known: Known) -> Any:
    return ", ".join(str(column.words.get(word, word)) for word in row[column.path] or ())


def _account(row: Row, column: Column, _known: Known) -> Any:
    url = _pattern("crm:account") % row["account_id"]
    return format_html('<a class="t1" href="{}">{}</a>', url, row[column.path])


def _linked(page: str, key: str) -> Callable[[Row, Column, Known], Any]:
    def link(row: Row, column: Column, _known: Known) -> Any:
        if row[key] is None:
            return ""
        return format_html(
            '<a class="t2" href="{}">{}</a>', _pattern(page) % row[key], row[column.path]
        )

    return link


def _about(row: Row, column: Column, known: Known) -> Any:
    """Whom an activity was about: the account; a lead while it has none."""
    if row["account_id"] is not None:
        return _account(row, column, known)
    url = _pattern("crm:lead") % row["lead_id"]
    return format_html(
        '<a class="t1" href="{}">{}</a> <span class="fine">lead</span>', url, row["lead__name"]
    )


def _way(row: Row, column: Column, _known: Known) -> str:
    if row[column.path]:
        return "From them"
    return "From us" if row["kind"] in SPOKEN else ""


def _said(row: Row, column: Column, _known: Known) -> str:
    """What was said, in one line; the kind alone where nothing was."""
    return " ".join(row[column.path].split()) or Activity.Kind(row["kind"]).label


def _mail(row: Row, column: Column, _known: Known) -> Any:
    return row[column.path] or ""


def _hold(row: Row, column: Column, _known: Known) -> Any:
    return markup.chip("On hold", "bad", "alert-triangle") if row[column.path] else ""


def _no_mail(row: Row, column: Column, _known: Known) -> Any:
    return markup.chip("No mail", "warn", "ban") if row[column.path] else ""


def _overdue(row: Row, column: Column, known: Known) -> Any:
    on: date | None = row[column.path]
    if on is None:
        return ""
    words = markup.day(on, known.today)
    return markup.chip(words, "warn", "alert-triangle") if on < known.today else words


def _close(row: Row, column: Column, known: Known) -> Any:
    if row["status"] == "open":
        return _overdue(row, column, known)
    return markup.day(row[column.path], known.today) if row[column.path] else ""


def _stage(row: Row, column: Column, known: Known) -> Any:
    if row["status"] != "open":
        won = row["status"] == "won"
        return markup.chip(row[column.path], "ok" if won else "bad", "check" if won else "x")
    days = max((known.now - row["stage_since"]).days, 0)
    stale = markup.chip(f"{days} d", "warn", "clock") if _is_stale(row, days, known) else ""
    return format_html("{} {}", row[column.path], stale) if stale else row[column.path]


def _custom(row: Row, column: Column, _known: Known) -> Any:
    own = column.custom
    return "" if own is None else custom.words(own, (row["custom"] or {}).get(own.key))


SHOW: Final[Mapping[str, Callable[[Row, Column, Known], Any]]] = {
    "about": _about, "said": _said, "way": _way,
    "contact": _linked("crm:contact", "contact_id"), "deal": _linked("crm:deal", "deal_id"),
    "text": _text, "money": _money, "number": _number, "moment": _moment, "age": _age,
    "choice": _choice, "list": _list, "account": _account, "mail": _mail, "hold": _hold,
    "no_mail": _no_mail, "overdue": _overdue, "close": _close, "stage": _stage, "custom": _custom,
}  # fmt: skip
RIGHT: Final = frozenset({"money", "number", "age"})


@register.simple_tag
def cell_body(
    listing: Listing, row: Row, column: Column, known: Known, may: str = ""
) -> SafeString:
    """What stands in a cell; where somebody may change it, its words are the way to do that."""
    words = SHOW[column.shown](row, column, known)
    if not (column.edit and may):
        return format_html("{}", words)
    url = cell_url(listing.kind, row["pk"], column.edit)
    return format_html(
        '<a class="cell" href="{}" hx-get="{}" hx-target="closest td" hx-swap="innerHTML">{}'
        '<span class="vh">, change {} of {}</span></a>',
        url, url, words if words != "" else markup.NONE, column.label.lower(), row["name"],
    )  # fmt: skip


@register.simple_tag
def record_head(listing: Listing, row: Row, known: Known) -> SafeString:
    """The first cell of a row: what opens it, behind its sign if the kind of list has signs."""
    words = SHOW[listing.head.shown](row, listing.head, known)
    sign: str = ""
    if listing.head.shown == "said":
        lock = markup.icon("lock", "t2", "Private") if row["is_private"] else ""
        sign = format_html("{}{}", _sign(row["kind"]), lock)
    return format_html(
        '<span class="subject">{}<a href="{}" data-act="open">{}</a></span>',
        sign, record_url(listing, row), words,
    )  # fmt: skip


@lru_cache(maxsize=16)
def _sign(kind: str) -> SafeString:
    label = Activity.Kind(kind).label
    return format_html(
        '<span class="kind-sign" title="{}">{}</span>', label, markup.icon(SIGNS[kind], "t2", label)
    )


@register.simple_tag
def record_cells(
    listing: Listing, row: Row, columns: tuple[Column, ...], known: Known, may: str = ""
) -> SafeString:
    """The cells of a row after its name."""
    return format_html_join(
        "", '<td class="{}">{}</td>',
        ((f"{c.css}{' r' if c.shown in RIGHT and ' r' not in c.css else ''}",
          cell_body(listing, row, c, known, may)) for c in columns),
    )  # fmt: skip


@register.filter
def lane_sums(pairs: list[tuple[str, Decimal]]) -> str:
    """€12,000 + $3,000, without cents."""
    return " + ".join(markup.money(total, currency, 0) for currency, total in pairs)


@register.filter
def in_stage(days: int) -> str:
    return "since today" if not days else f"{days}{markup.NBSP}d here"


@register.simple_tag
def custom_shown(kind: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, words) of a record's own fields that are filled."""
    return custom.shown(kind, values)
