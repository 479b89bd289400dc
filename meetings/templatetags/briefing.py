"""What pages of meetings draw: `{% load briefing %}`."""

from django import template
from django.utils.safestring import SafeString

from kit.briefing import Section
from kit.charts import bar_chart

register = template.Library()


@register.simple_tag
def brief_chart(section: Section) -> SafeString:
    """The figures of a section as bars that are a table as well."""
    rows = [
        {"label": figure.label, "value": round(figure.value), "tone": "desk"}
        for figure in section.figures
    ]
    return bar_chart(rows, f"{section.title}, {section.currency}")
