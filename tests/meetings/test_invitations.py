"""Invitations are read back by a calendar library, as a calendar program would."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest
from django.core import mail
from icalendar import Calendar

from comms import deliveries
from comms.models import Delivery
from meetings import services

SLOT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.fixture
def meeting(asked, coordinator, now):
    row = asked(place="Meeting room 2", title="Pumpenprüfung, Teil 1; Leeds")
    services.book(row, starts_at=SLOT, by=coordinator, at=now)
    row.refresh_from_db()
    return row


def event(delivery):
    calendar = Calendar.from_ical(delivery.calendar_part)
    (found,) = calendar.walk("VEVENT")
    return calendar, found


class TestInvitation:
    def test_says_when_on_a_clock_that_every_program_knows(self, meeting):
        calendar, found = event(Delivery.objects.first())
        assert calendar["METHOD"] == "REQUEST"
        assert found.decoded("dtstart") == SLOT
        assert found.decoded("dtend") == SLOT + timedelta(minutes=45)
        zones = [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")]
        assert zones == [found["dtstart"].params["TZID"]] == ["Europe/Amsterdam"]

    def test_has_all_that_the_standard_asks_for(self, meeting):
        _, found = event(Delivery.objects.first())
        assert str(found["uid"]) == meeting.uid
        assert (found["sequence"], str(found["status"])) == (0, "CONFIRMED")
        assert found["dtstamp"].dt.tzinfo is not None
        assert str(found["organizer"]).startswith("mailto:")
        assert str(found["summary"]) == "Pumpenprüfung, Teil 1; Leeds"

    def test_asks_every_attendee_to_reply(self, meeting):
        _, found = event(Delivery.objects.first())
        assert len(found["attendee"]) == 3
        for person in found["attendee"]:
            assert person.params["RSVP"] == "TRUE"
            guest = str(person).endswith("northgate.example")
            assert person.params["PARTSTAT"] == ("NEEDS-ACTION" if guest else "ACCEPTED")

    def test_moves_and_ends_under_the_same_name_with_a_higher_number(
        self, meeting, coordinator, now
    ):
        later = SLOT + timedelta(hours=2)
        services.book(meeting, starts_at=later, by=coordinator, at=now)
        services.cancel(meeting, by=coordinator, at=now)
        told = Delivery.objects.filter(recipient="claire@northgate.example").order_by("pk")
        calendars, events = zip(*(event(row) for row in told), strict=True)
        assert [str(c["METHOD"]) for c in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
        assert [e["sequence"] for e in events] == [0, 1, 2]
        assert {str(e["uid"]) for e in events} == {meeting.uid}
        assert str(events[2]["status"]) == "CANCELLED"

    def test_leaves_as_a_calendar_part_of_the_mail(self, meeting, now):
        deliveries.send_due(at=now)
        assert len(mail.outbox) == 3
        sent = message_from_bytes(mail.outbox[0].message().as_bytes())
        (part,) = [p for p in sent.walk() if p.get_content_type() == "text/calendar"]
        assert part.get_param("method") == "REQUEST"
        assert Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
