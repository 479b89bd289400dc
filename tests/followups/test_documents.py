"""Reminders of documents that a customer was asked for: each with a link of its own."""

import re
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from comms.models import Delivery
from documents import services as documents
from documents.models import AskLink
from followups import services

DAY = timedelta(days=1)


@pytest.fixture
def ask(handed_off, contact, coordinator, now):
    """Due in a week, at noon."""
    return documents.ask(
        handed_off, title="Signed VAT form", words="We may not ship without it.", contact=contact,
        due_on=(now + 7 * DAY).astimezone(ZoneInfo("Europe/Amsterdam")).date(), by=coordinator, at=now,
        due_time=time(12), zone="Europe/Amsterdam",
    )  # fmt: skip


def settled(row, at):
    services.settle_due(at=at)
    row.refresh_from_db()
    return row


def test_each_reminder_has_a_link_that_works_and_is_kept_nowhere_else(ask, scheduled):
    first, _, last = scheduled("document_reminder")
    assert (first.due_at, last.due_at) == (
        ask.due_at - 4 * DAY,
        ask.due_at + 2 * DAY,
    )  # a weekend lies between
    links = AskLink.objects.count()
    mail = settled(first, first.due_at).delivery
    assert AskLink.objects.count() == links + 1
    assert mail.private
    assert mail.thread == ask.thread  # an answer comes into the conversation of the order
    assert "the-readers-own-link" not in mail.body
    page = re.search(r"\]\(https?://[^/]+(/documents/send/[^)]+)\)", mail.body)[1]
    assert "Signed VAT form" in Client().get(page, follow=True).content.decode()
    assert "/documents/send/" not in first.body


def test_what_came_needs_no_reminder(ask, scheduled, coordinator, now):
    rows = scheduled("document_reminder")
    documents.accept(ask, by=coordinator, at=now + DAY)
    assert {settled(row, row.due_at).stop_reason for row in rows} == {"It was accepted."}
    assert not Delivery.objects.filter(
        key__startswith="followup:", contact=ask.contact, subject__contains="VAT"
    ).exists()


def test_a_later_deadline_takes_the_reminders_along(ask, scheduled, coordinator, now):
    before = scheduled("document_reminder")
    documents.move_deadline(
        ask,
        due_on=ask.due_on + 7 * DAY,
        due_time=ask.due_time,
        zone=ask.zone,
        by=coordinator,
        at=now + DAY,
    )
    after = [row for row in scheduled("document_reminder") if row.status == "scheduled"]
    assert [row.due_at for row in after] == [row.due_at + 7 * DAY for row in before]
