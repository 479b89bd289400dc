"""The whole way: the invitation leaves by SMTP, a calendar answers by SMTP, the page shows it."""

import smtplib
from datetime import timedelta
from email import message_from_bytes

import pytest
from django.utils import timezone
from icalendar import Calendar

from comms import deliveries
from mailroom import services as mailroom
from mailroom.smtp import controller
from meetings import services
from tests import factories
from tests.meetings.invites import answers
from tests.meetings.invites.conftest import CLAIRE
from tests.relay import free_port, relay


@pytest.fixture
def intake():
    server = controller("127.0.0.1", free_port())
    server.start()
    yield server
    server.stop()


def what_the_client_holds(mail):
    """A guest's calendar program: it finds the part by its type and method."""
    (part,) = [
        one for one in message_from_bytes(mail.as_bytes()).walk()
        if one.get_content_type() == "text/calendar" and one.get_param("method") == "REQUEST"
    ]  # fmt: skip
    event = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")[0]
    return {
        "uid": str(event["UID"]), "sequence": int(event["SEQUENCE"]), "start": event.decoded("DTSTART"),
        "end": event.decoded("DTEND"), "organizer": str(event["ORGANIZER"]).removeprefix("mailto:"),
        "recurrence": None,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("partstat", "shown"), [("ACCEPTED", "accepted"), ("DECLINED", "declined")]
)
def test_an_answer_travels_back_to_the_page(
    partstat, shown, rep, coordinator, team, intake, tmp_path, monkeypatch, settings, client_of
):
    now = timezone.now()
    factories.ContactFactory(
        account=factories.AccountFactory(owner=rep), name="Claire Ashworth", email=CLAIRE
    )
    row = services.request_meeting(
        title="Pump review", account=None, host=rep, attendees=[coordinator.pk], minutes=45, by=coordinator, at=now,
        guests=[{"name": "Claire Ashworth", "email": CLAIRE}], window_from=now,
        window_until=now + timedelta(days=7),
    )  # fmt: skip
    services.book(row, starts_at=now + timedelta(days=2), by=coordinator, at=now)
    with relay(tmp_path, monkeypatch) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        deliveries.send_due(at=timezone.now())
        (mail,) = [one for one in server.handler.mails if CLAIRE in one["To"]]
    invitation = what_the_client_holds(mail)
    page = client_of(coordinator).get(f"/meetings/{row.pk}/").content.decode()
    assert f"Guest · {shown} by their calendar" not in page

    raw = answers.google(invitation, "Claire Ashworth", CLAIRE, partstat, at=timezone.now())
    with smtplib.SMTP("127.0.0.1", intake.port) as client:
        client.sendmail(CLAIRE, [invitation["organizer"]], raw)
    mailroom.file_due(at=timezone.now())

    page = client_of(coordinator).get(f"/meetings/{row.pk}/").content.decode()
    assert f"Guest · {shown} by their calendar" in page
