"""A delivery as a mail: plain text and HTML from one markdown source, an invitation if any."""

from email.mime.text import MIMEText

import nh3
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.html import escape
from markdown_it import MarkdownIt

from comms.models import Delivery

ALLOWED = {
    "p",
    "br",
    "b",
    "strong",
    "em",
    "i",
    "ul",
    "ol",
    "li",
    "a",
    "blockquote",
    "code",
    "hr",
    "h2",
    "h3",
}
_markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": 20})


def html_of(markdown: str) -> str:
    """Sanitised HTML; raw HTML in the source is shown, not run."""
    return nh3.clean(_markdown.render(markdown), tags=ALLOWED, attributes={"a": {"href"}})


def message_of(delivery: Delivery) -> EmailMultiAlternatives:
    """The mail that is sent, with the delivery's own Message-ID."""
    to = delivery.recipient
    mail = EmailMultiAlternatives(
        subject=delivery.subject,
        body=delivery.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers={"Message-ID": delivery.message_id, "Auto-Submitted": "auto-generated"},
    )
    page = f"<!doctype html><title>{escape(delivery.subject)}</title>{html_of(delivery.body)}"
    mail.attach_alternative(page, "text/html")
    if delivery.calendar_part:
        mail.attach(_invitation(delivery))
    return mail


def _invitation(delivery: Delivery) -> MIMEText:
    """The iCalendar part, said to be what it is: programs look at `method`."""
    part = MIMEText(delivery.calendar_part, "calendar", "utf-8")
    part.set_param("method", delivery.calendar_method or "REQUEST")
    part.add_header("Content-Disposition", "attachment", filename="invite.ics")
    return part
