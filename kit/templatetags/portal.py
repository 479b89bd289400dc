"""The tags and filters of every page: builtins, no `load` needed.

templates/components/README.md shows their use.
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.forms.widgets import Input, Select, Textarea
from django.template import Context
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from kit import bands, charts, markup, prose

register = template.Library()

register.simple_tag(markup.chip)
register.simple_tag(markup.turn)
register.simple_tag(markup.due)
register.simple_tag(charts.custody_bar)
register.simple_tag(charts.custody_shares)
register.simple_tag(charts.sparkline)
register.simple_tag(charts.trend)
register.simple_tag(charts.bar_chart)
register.simple_tag(bands.band_chart)
register.simple_tag(bands.interval)
register.simple_tag(bands.week_grid)
register.filter("duration", markup.duration)
register.filter("money", markup.money)
register.filter("number", markup.number)
register.filter("quantity", markup.quantity)
register.filter("percent", markup.percent)
register.filter("day", markup.day)
register.filter("clock", markup.clock)
register.filter("when", markup.when)
register.filter("moment", markup.moment)
register.filter("prose", prose.said)


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    return markup.icon(name, css, label)


@register.simple_tag
def avatar(name: object, size: str = "", *, here: bool = False) -> SafeString:
    return markup.avatar(str(name or ""), size, here=here)


@register.simple_tag(name="when")
def when_tag(at: datetime | None, now: datetime | None = None) -> SafeString:
    return markup.when(at, now)


@register.simple_tag(name="day")
def day_tag(on: date | datetime | None) -> str:
    return markup.day(on)


@register.filter
def work_duration(seconds: float | None) -> str:
    """Business seconds: hours never become days, because a working day is no 24 hours."""
    return markup.duration(seconds, day=0)


@register.simple_tag(name="money")
def money_tag(value: Any, currency: str = "EUR", digits: int = 2) -> str:
    return markup.money(value, currency, digits)


@register.inclusion_tag("components/empty.html")
def empty(
    glyph: str, title: str, text: str = "", action: str = "", url: str = ""
) -> dict[str, str]:
    """What to say where nothing is, and what to do about it."""
    return {"glyph": glyph, "title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("components/flash.html", takes_context=True)
def flash(context: Context) -> dict[str, Any]:
    """Messages of the last action, as toasts that are read out."""
    tones = {
        "success": ("ok", "check"),
        "warning": ("warn", "alert-triangle"),
        "error": ("bad", "alert-triangle"),
    }
    lines = [
        {"text": message.message, "tone": tone, "glyph": glyph}
        for message in context.get("messages") or []
        for tone, glyph in [tones.get(message.level_tag, ("none", "info-circle"))]
    ]
    return {"lines": lines}


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, hint: str = "", *, wide: bool = False, glyph: str = "", bare: bool = False
) -> dict[str, Any]:
    """A form field with its label, hint and error beside it, wired up for screen readers.

    `bare`: in a table whose headings say what it is; the label is for screen readers only.
    """
    widget = bound.field.widget
    group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    hint = "" if bare else hint or str(bound.help_text or "")
    described = [f"{bound.auto_id}-hint"] * bool(hint) + [f"{bound.auto_id}-error"] * bool(
        bound.errors
    )
    attrs = {"class": _css(widget, group=group)}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "bound": bound,
        "control": bound.as_widget(
            attrs={**attrs, "class": f"{attrs['class']} {widget.attrs.get('class', '')}".strip()}
        ),
        "hint": hint,
        "wide": wide or isinstance(widget, Textarea),
        "group": group,
        "single_check": isinstance(widget, CheckboxInput),
        "hidden": bound.is_hidden,
        "glyph": glyph,
        "bare": bare,
    }


def _css(widget: Any, *, group: bool) -> str:
    if group:
        return ""
    if isinstance(widget, CheckboxInput):
        return "form-check-input"
    if isinstance(widget, Select):
        return "form-select"
    return "form-control" if isinstance(widget, Input | Textarea) else ""


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """What needs another look, above the form, with links to the fields."""
    bad: Sequence[BoundField] = [bound for bound in form if bound.errors and not bound.is_hidden]
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    return {"form": form, "bad": bad, "others": [*form.non_field_errors(), *hidden]}


@register.simple_tag
def idempotency_key() -> str:
    """A fresh key for the hidden field of a form, so that a double submit has one effect."""
    return secrets.token_urlsafe(18)


@register.filter
def action_words(action: str) -> str:
    """What a journal action is called on pages."""
    return str(import_string("journal.pages.words")(action))
