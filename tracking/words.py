"""A summary as the text of a mail and as paper."""

from collections.abc import Sequence

from django.conf import settings

from kit.briefing import Section, section_of
from kit.briefing_words import section_words
from kit.paper import Company, Paper, render
from kit.paper.briefing import COLUMNS, rows_of
from tracking.models import Summary


def body_of(sections: Sequence[Section], page: str) -> str:
    """Markdown: a heading and a list for each section, and where the page is."""
    return "\n\n".join([f"[Open it in the portal]({page})", *map(section_words, sections)])


def paper(summary: Summary) -> bytes:
    """A4, as it was said."""
    sections = [section_of(one) for one in summary.sections]
    return render(Paper(
        title="Weekly summary", number=f"made {summary.made_at:%d %b %Y}",
        company=Company(settings.COMPANY_NAME, tuple(settings.COMPANY_ADDRESS), ()),
        to=[summary.title], columns=COLUMNS, rows=list(rows_of(sections)),
    ))  # fmt: skip


def weekly(key: int) -> bytes:
    """The paper of a summary by its key (settings.DELIVERY_PAPERS).

    :raises FileNotFoundError: when it is gone.
    """
    found = Summary.objects.filter(pk=key).first()
    if found is None:
        raise FileNotFoundError("This summary is gone.")
    return paper(found)
