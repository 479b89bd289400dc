"""Small pieces of HTML that stand in hot tables.

Plain functions, because a template costs more than its query.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"
NONE: Final = "\u2013"  # what stands where there is no figure
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400
AMBER_SECONDS: Final = 30 * MINUTE
AMBER_SHARE: Final = 0.2
MANY_HOURS: Final = 10
NOW_SECONDS: Final = 45
SIGNS: Final[Mapping[str, str]] = {"EUR": "€", "GBP": "£", "USD": "$"}
# Party -> (class, icon, word). The hue never stands alone: the word is read out, the icon is seen.
PARTIES: Final[Mapping[str, tuple[str, str, str]]] = {
    "desk": ("c-desk", "headset", "Desk"),
    "rep": ("c-rep", "briefcase", "Rep"),
    "customer": ("c-customer", "building-factory-2", "Customer"),
    "finance": ("c-finance", "coins", "Finance"),
    "logistics": ("c-logistics", "truck", "Logistics"),
    "dept": ("c-dept", "tool", "Department"),
    "approver": ("c-approver", "rubber-stamp", "Approver"),
}


@lru_cache(maxsize=1024)
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """An icon of the sprite; silent unless it has a label of its own."""
    extra = f" {css}" if css else ""
    href = f"{static('icons.svg')}#i-{name}"
    if label:
        return format_html(
            '<svg class="i{}" role="img" aria-label="{}"><use href="{}"/></svg>', extra, label, href
        )
    return format_html('<svg class="i{}" aria-hidden="true"><use href="{}"/></svg>', extra, href)


def party_of(party: str) -> tuple[str, str, str]:
    return PARTIES.get(str(party).lower(), ("c-none", "circle-dashed", "Nobody"))


def avatar(name: str, size: str = "", *, here: bool = False) -> SafeString:
    """Initials of a person: grey for everybody, a green ring for who is here now."""
    words = [word for word in name.split() if word[:1].isalnum()]
    initials = "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words))
    css = (
        "av" + (f" {size}" if size else "") + (" here" if here else "") + ("" if words else " none")
    )
    label = (name or "Nobody yet") + (", here now" if here else "")
    return format_html(
        '<span class="{}" role="img" aria-label="{}" title="{}">{}</span>',
        css, label, label, initials.upper() or "?",
    )  # fmt: skip


def turn(party: str, name: str = "", note: str = "") -> SafeString:
    """Whose turn it is: a tinted glyph beside neutral words."""
    css, glyph, word = party_of(party)
    who: str = format_html('<span class="vh">{}: </span>{}', word, name) if name else word
    tail: str = format_html(', <span class="t2">{}</span>', note) if note else ""
    return format_html(
        '<span class="turn {}">{}<span>{}{}</span></span>', css, icon(glyph), who, tail
    )


def duration(seconds: float | timedelta | None, day: int = DAY) -> str:
    """`seconds` in a reader's words: 40 s, 34 min, 2 h 05, 3 d 4 h.

    :param day: seconds of a day; 0 never turns hours into days.
    """
    if seconds is None:
        return NONE
    whole = round(seconds.total_seconds() if isinstance(seconds, timedelta) else float(seconds))
    sign, whole = (MINUS if whole < 0 else "", abs(whole))
    if whole < MINUTE:
        return f"{sign}{whole}{NBSP}s" if whole else "0"
    if whole < HOUR:
        return f"{sign}{whole // MINUTE}{NBSP}min"
    hours, minutes = whole // HOUR, whole % HOUR // MINUTE
    if day and whole >= 2 * day:
        rest = whole % day // HOUR
        return f"{sign}{whole // day}{NBSP}d" + (f"{NBSP}{rest}{NBSP}h" if rest else "")
    if hours >= MANY_HOURS:
        return f"{sign}{hours}{NBSP}h"
    return f"{sign}{hours}{NBSP}h{NBSP}{minutes:02d}"


def due(
    left: float | None,
    total: float | None = None,
    *,
    paused: bool = False,
    met: bool = False,
    title: str = "",
) -> SafeString:
    """How close a promise is.

    :param left: business seconds until it falls due, negative when late; with `met`, what it took.
    :param total: business seconds promised; amber begins at 30 min or a fifth of it, the lesser.
    """
    if left is None:
        return format_html('<span class="sla c-none" title="{}">No promise</span>', title)
    words = duration(abs(left), day=0).removesuffix(f"{NBSP}00")
    if met:
        css, glyph, text = "c-ok", "check", f"In {words}"
    elif paused:
        late = left < 0
        css, glyph, text = (
            "is-paused",
            "player-pause",
            f"Paused, {words} {'late' if late else 'left'}",
        )
    elif left < 0:
        css, glyph, text = "c-bad", "alert-triangle", f"Late {words}"
    elif left <= min(AMBER_SECONDS, AMBER_SHARE * total if total else AMBER_SECONDS):
        css, glyph, text = "c-warn", "clock", words
    else:
        css, glyph, text = "c-none", "clock", words
    return format_html('<span class="sla {}" title="{}">{}{}</span>', css, title, icon(glyph), text)


def chip(text: object, tone: str = "", glyph: str = "") -> SafeString:
    """A short fact; `tone` is ok, warn, bad or a party, and always comes with words."""
    css = f"chip c-{tone}" if tone else "chip"
    return format_html('<span class="{}">{}{}</span>', css, icon(glyph) if glyph else "", text)


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """Thousands by comma, a true minus, a dash for nothing."""
    if value is None or value == "":
        return NONE
    return f"{value:,.{digits}f}".replace("-", MINUS)


def quantity(value: Decimal | None) -> str:
    """12 and 2.5, never 12.000 and never rounded; thousands by comma."""
    return NONE if value is None else f"{value.normalize():,f}".replace("-", MINUS)


def money(value: float | Decimal | None, currency: str = "EUR", digits: int = 2) -> str:
    """An amount with its sign in front: €18,460.00; a true minus before it."""
    if value is None or value == "":
        return NONE
    sign = SIGNS.get(currency, f"{currency}{NBSP}")
    return f"{MINUS if value < 0 else ''}{sign}{abs(value):,.{digits}f}"


def percent(ratio: float | Decimal | None, digits: int = 0) -> str:
    """A ratio of 0 to 1 as 27 %, with a no-break space."""
    if ratio is None or ratio == "":
        return NONE
    return f"{number(ratio * 100, digits)}{NBSP}%"


def day(value: date | datetime | None, today: date | None = None) -> str:
    """Tue 24 Nov, with the year when it is another one."""
    if value is None or value == "":
        return NONE
    on = timezone.localtime(value).date() if isinstance(value, datetime) else value
    today = today or timezone.localdate()
    text = f"{on:%a} {on.day} {on:%b}"
    return text if on.year == today.year else f"{text} {on.year}"


def moment(at: datetime | None) -> str:
    """Tue 24 Nov 10:30 in the reader's zone."""
    return NONE if not at else f"{day(at)} {timezone.localtime(at):%H:%M}"


def absolute(at: datetime) -> str:
    """Tue 24 Nov 2026, 10:30 Europe/Amsterdam: what stands in the title of a relative time."""
    local = timezone.localtime(at)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {timezone.get_current_timezone_name()}"


def relative(at: datetime, now: datetime) -> str:
    """Nearness in words while it matters (a day), then the date."""
    gap = (at - now).total_seconds()
    local, here = timezone.localtime(at), timezone.localtime(now)
    if abs(gap) < NOW_SECONDS:
        return "just now"
    if abs(gap) < DAY and (local.date() == here.date() or abs(gap) < 6 * HOUR):
        words = duration(max(abs(gap), MINUTE))
        return f"in {words}" if gap > 0 else f"{words} ago"
    names = {-1: "yesterday", 1: "tomorrow"}
    away = (local.date() - here.date()).days
    return f"{names[away]} {local:%H:%M}" if away in names else day(at, here.date())


def when(at: datetime | None, now: datetime | None = None) -> SafeString:
    """Relative text; the absolute time, in the reader's zone, on hover."""
    if not at:
        return format_html('<span class="t2">{}</span>', NONE)
    text = relative(at, now or timezone.now())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(), absolute(at), text
    )


def clock(at: datetime | None) -> SafeString:
    """The absolute moment as a time element: Tue 24 Nov 10:30."""
    if not at:
        return format_html('<span class="t2">{}</span>', NONE)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(), absolute(at), moment(at)
    )
