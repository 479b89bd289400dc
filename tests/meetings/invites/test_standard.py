"""What we send is what the standards ask for, and what programs look at."""

import contextlib
import random
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from io import StringIO
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil import tz
from icalendar import Calendar

from comms import deliveries
from comms.models import Delivery, Sender
from meetings import invitations, services
from meetings.invitations import News, phrases
from meetings.invitations.zones import vtimezone
from meetings.models import Attendee, Meeting, Room
from meetings.services import changing
from tests.meetings.invites.checklist import problems
from tests.meetings.invites.conftest import CLAIRE, SLOT
from tests.relay import relay


def event_of(delivery):
    return Calendar.from_ical(delivery.calendar_part).walk("VEVENT")[0]


def plain(delivery):
    return delivery.calendar_part.replace("\r\n ", "")


class TestEveryMethod:
    def test_keeps_the_rules(self, asked, coordinator, manager, now, claire):
        room = Room.objects.create(name="Blue; room, 2", site="Leeds")
        row = asked(
            title="Pümpe, " * 20, place="Büro; Tür 2", account=claire.account,
            details=services.Details(room=room, agenda="Ask:\r\n- *price*\n- ü", video_url="https://meet.google.com/abc"),
        )  # fmt: skip
        services.book(row, starts_at=SLOT, by=coordinator, at=now)
        services.book(row, starts_at=SLOT + timedelta(hours=1), by=coordinator, at=now)
        services.reassign(row, host=manager, by=coordinator, at=now, reason="Holiday")
        services.cancel(row, by=coordinator, at=now)
        mails = Delivery.objects.order_by("pk")
        assert {one.calendar_method for one in mails} == {"REQUEST", "CANCEL"}
        assert [found for one in mails for found in problems(one.calendar_part)] == []

    @pytest.mark.parametrize("harm", [
        ("STATUS:CONFIRMED\r\n", ""), ("DTSTAMP:", "X-STAMP:"), ("UID:", "X-UID:"), ("\r\n", "\n"),
        ("VERSION:2.0", "VERSION:1.0"), ("mailto:claire", "claire"), ("TZID:Europe/Amsterdam", "TZID:Other"),
        ("SUMMARY:", "SUMMARY:" + "x" * 90), ("METHOD:REQUEST", "METHOD:PUBLISH"),
    ])  # fmt: skip
    def test_the_checklist_sees_what_is_wrong(self, meeting, harm, to_claire):
        text = to_claire().calendar_part
        assert problems(text) == []
        with contextlib.suppress(KeyError, ValueError):  # a strict parser refuses it: seen too
            assert problems(text.replace(*harm))

    def test_times_are_read_by_another_library_as_they_were_meant(self, meeting, to_claire):
        zone = tz.tzical(StringIO(to_claire().calendar_part.replace("\r\n", "\n"))).get()
        assert event_of(to_claire())["DTSTART"].dt.replace(tzinfo=zone).astimezone(UTC) == SLOT


class TestWhatIsSaid:
    def test_the_host_by_the_desk_that_reads_the_answers(self, meeting, team, to_claire):
        organizer = event_of(to_claire())["ORGANIZER"]
        assert str(organizer) == "mailto:desk@portal.localhost"
        assert organizer.params["CN"].startswith("Daniel Okafor via ")

    def test_in_the_name_of_the_team_and_it_stays(self, asked, team, coordinator, now, to_claire):
        sender = Sender.objects.create(team=team, name="Halden Flow desk", address="halden@portal.localhost",
                                       reply_to="answers@portal.localhost")  # fmt: skip
        row = asked(team=team)
        services.book(row, starts_at=SLOT, by=coordinator, at=now)
        assert (
            event_of(to_claire())["ORGANIZER"].params["CN"] == "Daniel Okafor via Halden Flow desk"
        )
        sender.reply_to = "other@portal.localhost"
        sender.save()
        services.book(row, starts_at=SLOT + timedelta(hours=1), by=coordinator, at=now)
        assert str(event_of(to_claire())["ORGANIZER"]) == "mailto:answers@portal.localhost"

    def test_rooms_video_and_agenda(self, asked, coordinator, now, to_claire):
        room = Room.objects.create(name="Blue room")
        details = services.Details(room=room, agenda="1. *Price*", goals="Sell more",
                                   video_url="https://teams.microsoft.com/l/1")  # fmt: skip
        services.book(asked(details=details), starts_at=SLOT, by=coordinator, at=now)
        event, text = event_of(to_claire()), plain(to_claire())
        (there,) = [one for one in event["ATTENDEE"] if one.params["CUTYPE"] == "ROOM"]
        assert (there.params["CN"], there.params["PARTSTAT"]) == ("Blue room", "ACCEPTED")
        assert str(event["LOCATION"]) == "Blue room"
        assert str(event["DESCRIPTION"]).startswith("1. *Price*")
        assert "X-ALT-DESC;FMTTYPE=text/html:<html>" in text
        assert "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams" in text
        assert "CONFERENCE;" in text
        assert "X-GOOGLE-CONFERENCE" not in text
        assert "Sell more" not in text

    def test_reminders_are_for_colleagues_only(self, meeting, rep, to_claire):
        assert "VALARM" in Delivery.objects.get(recipient=rep.email).calendar_part
        assert "VALARM" not in to_claire().calendar_part


class TestWhomItConcerns:
    def test_one_more_guest_gets_the_invitation_alone(self, meeting, coordinator, now):
        before = Delivery.objects.count()
        changing.add_guest(meeting, name="Tom", email="tom@x.example", by=coordinator, at=now)
        (mail,) = Delivery.objects.order_by("pk")[before:]
        assert (mail.recipient, mail.calendar_method) == ("tom@x.example", "REQUEST")
        meeting.refresh_from_db()
        assert (meeting.sequence, meeting.slot_sequence) == (
            1,
            0,
        )  # answers to the time still count

    def test_who_is_taken_off_gets_a_cancellation_alone(self, meeting, coordinator, now):
        row = changing.add_guest(meeting, name="Tom", email="tom@x.example", by=coordinator, at=now)
        before = Delivery.objects.count()
        changing.remove_person(row, by=coordinator, at=now)
        (mail,) = Delivery.objects.order_by("pk")[before:]
        assert (mail.recipient, mail.calendar_method) == ("tom@x.example", "CANCEL")
        event = event_of(mail)
        assert "STATUS" not in event
        assert str(event["ATTENDEE"]) == "mailto:tom@x.example"
        assert problems(mail.calendar_part) == []

    def test_the_old_host_is_told_that_she_comes_no_more(
        self, meeting, rep, manager, coordinator, now
    ):
        services.reassign(meeting, host=manager, by=coordinator, at=now, reason="Holiday")
        last = {one.recipient: one for one in Delivery.objects.order_by("pk")}
        assert last[rep.email].calendar_method == "CANCEL"
        assert last[manager.email].calendar_method == "REQUEST"
        assert "Holiday" in last[CLAIRE].body


class TestWords:
    def test_no_phrase_lacks_a_language(self):
        english = phrases.PHRASES["en"]
        for language in phrases.LANGUAGES:
            words = phrases.PHRASES[language]
            assert words.keys() == english.keys()
            for name, text in words.items():
                holes = lambda one: sorted(part.split("}")[0] for part in one.split("{")[1:])  # noqa: E731
                assert holes(text) == holes(english[name]), (language, name)
            assert (len(phrases.DAYS[language]), len(phrases.MONTHS[language])) == (7, 12)
        assert {f"says_{one}" for one in News} <= english.keys()

    @pytest.mark.parametrize(("language", "words"), [
        ("de", "Donnerstag, 26. November 2026, 10:00 bis 10:45 (Amsterdam)"), ("fr", "jeudi 26 novembre 2026, de 10:00"),
        ("xx", "Thursday 26 November 2026, 10:00 to 10:45 (Amsterdam)"), ("es-MX", "jueves, 26 de noviembre de 2026"),
    ])  # fmt: skip
    def test_in_the_guests_language(self, meeting, guest, language, words):
        guest.language = language
        assert words in invitations.body(meeting, guest, News.INVITATION)

    def test_on_both_clocks_where_they_differ(self, meeting, guest):
        guest.zone = "America/New_York"
        text = invitations.body(meeting, guest, News.INVITATION)
        assert "10:00 to 10:45 (Amsterdam)" in text
        assert "On your clock: Thursday 26 November 2026, 04:00 to 04:45 (New York)" in text
        guest.zone = "Europe/Paris"
        assert "On your clock" not in invitations.body(meeting, guest, News.INVITATION)

    def test_a_guests_link_makes_the_mail_private(
        self, meeting, guest, monkeypatch, coordinator, now, to_claire
    ):
        monkeypatch.setattr(
            "meetings.services.telling._link",
            lambda person, at: "" if person.user_id else "https://x/k/",
        )
        services.book(meeting, starts_at=SLOT + timedelta(hours=1), by=coordinator, at=now)
        assert "https://x/k/" in to_claire().body
        assert to_claire().private
        assert "https://x/k/" not in to_claire().calendar_part
        assert not Delivery.objects.exclude(recipient=CLAIRE).filter(private=True).exists()


@pytest.mark.django_db(transaction=True)
class TestTheMail:
    def test_arrives_as_programs_want_it(self, meeting, now, tmp_path, monkeypatch, settings):
        with relay(tmp_path, monkeypatch) as server:
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
            deliveries.send_due(at=now)
            mails = server.handler.mails
        (mail,) = [one for one in mails if CLAIRE in one["To"]]
        mail = message_from_bytes(mail.as_bytes())
        assert [part.get_content_type() for part in mail.walk()] == [
            "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics",
        ]  # fmt: skip
        parts = {part.get_content_type(): part for part in mail.walk()}
        calendar = parts["text/calendar"]
        assert (calendar.get_param("method"), calendar.get_content_charset()) == (
            "REQUEST",
            "utf-8",
        )
        assert parts["application/ics"].get_filename() == "invite.ics"
        text = calendar.get_payload(decode=True).decode()
        assert problems(text.replace("\r\n", "\n").replace("\n", "\r\n")) == []
        assert "Subject" in mail
        assert "Invitation" in str(mail["Subject"])


def offsets(component, moments):
    text = Calendar()
    text.add_component(component)
    zone = tz.tzical(StringIO(text.to_ical().decode().replace("\r\n", "\n"))).get()
    return [one.replace(tzinfo=zone).utcoffset() for one in moments]


def differences(zones, seed):
    """Wall times at which a VTIMEZONE of ours means another offset than the zone (oracle: dateutil)."""
    dice, wrong = random.Random(seed), []
    for name in zones:
        year = dice.randint(2020, 2034)
        zone = ZoneInfo(name)
        component = vtimezone(
            zone, datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, tzinfo=UTC)
        )
        moments = [datetime(year, 1, 1, 12) + timedelta(hours=24 * day) for day in range(0, 365, 3)]
        for moment, found in zip(moments, offsets(component, moments), strict=True):
            if found != moment.replace(tzinfo=zone).utcoffset():
                wrong.append((name, moment))
    return wrong


SOME = ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca",
        "America/Santiago", "Asia/Jerusalem", "Pacific/Apia", "Europe/Dublin", "Asia/Tehran", "UTC"]  # fmt: skip


class TestClocks:
    def test_mean_what_the_zone_means(self):
        assert differences(SOME, 1) == []

    def test_and_the_oracle_would_see_a_wrong_one(self):
        london = ZoneInfo("Europe/London")
        year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
        moment = datetime(2026, 7, 1, 12)
        amsterdam = moment.replace(tzinfo=ZoneInfo("Europe/Amsterdam")).utcoffset()
        assert offsets(vtimezone(london, *year), [moment]) != [amsterdam]

    def test_yearly_rules_stand_as_rules(self):
        found = vtimezone(
            ZoneInfo("Europe/Amsterdam"),
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 2, 1, tzinfo=UTC),
        )
        assert len(found.subcomponents) == 2
        assert b"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in found.to_ical()

    @pytest.mark.slow
    def test_of_every_zone_and_many_years(self):
        for seed in range(5):
            assert differences(sorted(available_timezones()), seed) == []


def test_a_hundred_people_cost_no_more_queries_each(
    asked, coordinator, now, django_assert_max_num_queries
):
    guests = [{"name": f"G {n}", "email": f"g{n}@x.example"} for n in range(100)]
    row = asked(guests=guests)
    with django_assert_max_num_queries(30 + 7 * 102):  # each mail is owed under a key of its own
        services.book(row, starts_at=SLOT, by=coordinator, at=now)
    assert Delivery.objects.count() == 102
    assert Meeting.objects.get().organizer == "desk@portal.localhost"
    assert Attendee.objects.count() == 102
    assert date(2026, 11, 26) == SLOT.date()
