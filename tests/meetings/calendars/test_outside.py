"""Outside calendars: read when due, kept when trouble, sealed, replaced whole."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from journal.models import Entry
from meetings.ical import Window
from meetings.models import OutsideBusy, OutsideCalendar
from meetings.outside import Busy, Patience, Reading, Source, Unreadable, adapter
from meetings.outside.caldav import safe_xml
from meetings.services import outside, rooms
from tests.meetings.calendars import servers

MORNING = ["UID:a", "DTSTART:20261125T090000Z", "DURATION:PT1H", "SUMMARY:Dentist"]
NOON = ["UID:b", "DTSTART:20261125T120000Z", "DURATION:PT1H", "STATUS:TENTATIVE"]


@pytest.fixture
def added(feed, ics, rep, now):
    """`added()`: a feed of the rep with one busy time, read once."""

    def make(owner=rep, address=None):
        feed.body = ics(MORNING)
        account = outside.Account("ics", address or feed.url)
        reading = outside.try_out(account, zone="Europe/Amsterdam", at=now)
        return outside.add_calendar(account, reading, name="Phone", owner=owner, by=rep, at=now)

    return make


def hours():
    return [
        (f"{b.during.lower:%H:%M}", b.tentative) for b in OutsideBusy.objects.order_by("during")
    ]


@pytest.mark.django_db
class TestAdding:
    def test_it_is_read_before_it_is_kept(self, added, now):
        row = added()
        assert hours() == [("09:00", False)]
        assert (row.next_poll_at, row.read_at) == (now + outside.EVERY, now)

    def test_address_and_password_are_sealed_and_no_words_are_kept(self, added, feed, rep):
        row = added()
        assert "secret-path" not in row.address
        everything = str(list(OutsideCalendar.objects.values())) + str(
            list(OutsideBusy.objects.values())
        )
        assert "secret-path" not in everything
        assert "Dentist" not in everything
        assert "secret-path" not in str(list(Entry.objects.values()))
        assert "secret-path" not in repr(Source(feed.url))

    def test_a_sealed_address_cannot_be_moved_to_somebody_else(self, added, coordinator, now):
        row = added()
        OutsideCalendar.objects.filter(pk=row.pk).update(user=coordinator, next_poll_at=now)
        outside.poll_due(at=now)
        row.refresh_from_db()
        assert "cannot be opened" in row.problem

    def test_a_private_address_is_not_called(self, feed, settings, now):
        settings.OUTGOING_ALLOWED = []
        with pytest.raises(outside.BadCalendar, match="https"):
            outside.try_out(outside.Account("ics", feed.url), zone="UTC", at=now)
        assert feed.asked == []

    def test_what_is_no_calendar_is_refused_with_words(self, feed, now):
        feed.body = b"<!doctype html><h1>Sign in</h1>"
        with pytest.raises(outside.BadCalendar, match="sign in"):
            outside.try_out(outside.Account("ics", feed.url), zone="UTC", at=now)

    def test_nobody_has_more_than_ten(self, added):
        for _ in range(outside.MOST_CALENDARS):
            added()
        with pytest.raises(outside.BadCalendar, match="At most 10"):
            added()

    def test_a_room_can_have_one(self, added, coordinator, now):
        room = rooms.add_room(name="Harbour", by=coordinator, at=now)
        added(owner=room)
        assert [(b.room_id, b.user_id) for b in OutsideBusy.objects.all()] == [(room.pk, None)]


@pytest.mark.django_db
class TestPolling:
    def test_only_what_is_due_is_read(self, added, feed, now):
        added()
        assert outside.poll_due(at=now + timedelta(minutes=4)) == 0
        assert outside.poll_due(at=now + timedelta(minutes=5)) == 1
        assert outside.poll_due(at=now + timedelta(minutes=5)) == 0

    def test_an_unchanged_feed_is_not_sent_again(self, added, feed, now):
        row = added()
        outside.poll_due(at=now + timedelta(minutes=5))
        assert feed.asked[-1][1]["If-None-Match"] == '"one"'
        row.refresh_from_db()
        assert row.read_at == now + timedelta(minutes=5)
        assert hours() == [("09:00", False)]

    def test_the_next_day_it_is_read_anew_for_the_window_moved(self, added, feed, now):
        added()
        outside.poll_due(at=now + timedelta(days=1))
        assert "If-None-Match" not in feed.asked[-1][1]

    def test_busy_times_are_replaced_and_those_that_stay_keep_their_rows(
        self, added, feed, ics, now
    ):
        added()
        kept = OutsideBusy.objects.get().pk
        feed.body, feed.etag = ics(MORNING, NOON), '"two"'
        outside.poll_due(at=now + timedelta(minutes=5))
        assert hours() == [("09:00", False), ("12:00", True)]
        assert OutsideBusy.objects.filter(pk=kept).exists()
        feed.body, feed.etag = ics(NOON), '"three"'
        outside.poll_due(at=now + timedelta(minutes=10))
        assert hours() == [("12:00", True)]

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ({"status": 500}, "answered 500"), ({"status": 404}, "no calendar at this address"),
            ({"status": 401}, "does not let us in"), ({"body": b"<html>"}, "no calendar"),
            ({"body": b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n"}, "in the middle"),
            ({"promise": 9_999_999}, "more than|did not answer|in the middle"),
            ({"body": b"BEGIN:VCALENDAR\nEND:VCALENDAR", "promise": 500}, "in the middle"),
            ({"status": 302, "extra": {"Location": "https://elsewhere.example/x"}}, "elsewhere.example"),
        ],
    )  # fmt: skip
    def test_an_unreadable_answer_keeps_what_was_known_and_says_so(
        self, added, feed, now, fault, words
    ):
        row = added()
        feed.etag = '"new"'
        for name, value in fault.items():
            setattr(feed, name, value)
        outside.poll_due(at=now + timedelta(minutes=5))
        row.refresh_from_db()
        assert hours() == [("09:00", False)]
        assert row.failures == 1
        assert any(word in row.problem for word in words.split("|")), row.problem
        assert "secret-path" not in row.problem
        assert row.read_at == now

    def test_it_comes_back_later_each_time_and_at_once_when_it_works(self, added, feed, ics, now):
        row, at, waits = added(), now + timedelta(minutes=5), []
        feed.status = 500
        for _ in range(9):
            outside.poll_due(at=at)
            row.refresh_from_db()
            waits.append((row.next_poll_at - at).total_seconds() / 60)
            at = row.next_poll_at
        assert waits == [5, 10, 20, 40, 80, 160, 320, 360, 360]
        feed.status = 200
        outside.poll_due(at=at)
        row.refresh_from_db()
        assert (row.failures, row.problem, row.next_poll_at) == (0, "", at + outside.EVERY)
        actions = Entry.objects.filter(action__contains="outsidecalendar").order_by("pk")
        assert [e.action.rsplit(".", 1)[1] for e in actions] == ["added", "failing", "recovered"]

    def test_a_server_that_asks_for_patience_gets_it(self, added, feed, now):
        row = added()
        feed.status, feed.extra = 429, {"Retry-After": "7200"}
        outside.poll_due(at=now + timedelta(minutes=5))
        row.refresh_from_db()
        assert row.next_poll_at == now + timedelta(minutes=125)

    def test_broken_events_are_told_and_the_others_count(self, added, feed, ics, now):
        row = added()
        feed.body, feed.etag = ics(["UID:x", "DTSTART:whenever"], NOON), '"two"'
        outside.poll_due(at=now + timedelta(minutes=5))
        row.refresh_from_db()
        assert hours() == [("12:00", True)]
        assert row.warnings == ["The event on line 3: DTSTART is no date: whenever"]

    def test_on_another_clock_it_is_read_anew(self, added, feed, ics, rep, now):
        added()
        feed.body, feed.etag = ics(["UID:f", "DTSTART:20261125T090000", "DURATION:PT1H"]), '"two"'
        outside.poll_due(at=now + timedelta(minutes=5))
        assert hours() == [("08:00", False)]
        rep.zone = "Asia/Tokyo"
        rep.save()
        outside.poll_due(at=now + timedelta(minutes=10))
        assert hours() == [("00:00", False)]

    def test_of_who_left_nothing_is_read(self, added, rep, now):
        added()
        rep.is_active = False
        rep.save()
        assert outside.poll_due(at=now + timedelta(minutes=5)) == 0

    def test_a_redirect_on_the_same_server_is_followed_but_not_for_ever(self, added, feed, now):
        row = added()
        feed.status, feed.extra = 302, {"Location": "/round.ics"}
        outside.poll_due(at=now + timedelta(minutes=5))
        row.refresh_from_db()
        assert "circle" in row.problem
        assert [path for path, _ in feed.asked[-3:]] == ["/round.ics"] * 3

    def test_an_adapter_that_breaks_stops_no_other(self, added, feed, now, monkeypatch, caplog):
        added(), added()
        real = adapter("ics").__class__.read
        seen = []

        def read(self, calendar, **kwargs):
            seen.append(1)
            if len(seen) == 1:
                raise ZeroDivisionError
            return real(self, calendar, **kwargs)

        monkeypatch.setattr("meetings.outside.ics.Feed.read", read)
        assert outside.poll_due(at=now + timedelta(minutes=5)) == 2
        problems = OutsideCalendar.objects.order_by("pk").values_list("problem", flat=True)
        assert sorted(bool(p) for p in problems) == [False, True]
        assert "ZeroDivisionError" in caplog.text


@pytest.mark.django_db
class TestLeases:
    def test_a_claimed_one_is_nobody_elses_until_the_lease_ends(self, added, now):
        added()
        due = now + timedelta(minutes=5)
        assert outside.claim(at=due) is not None
        assert outside.claim(at=due) is None
        assert outside.claim(at=due + outside.LEASE) is not None

    def test_who_lost_the_lease_writes_nothing(self, added, feed, ics, now):
        added()
        due = now + timedelta(minutes=5)
        slow = outside.claim(at=due)
        outside.claim(at=due + outside.LEASE)
        feed.body, feed.etag = ics(NOON), '"two"'
        outside.poll(slow, at=due)
        assert hours() == [("09:00", False)]

    def test_with_the_lease_the_same_reading_is_written(self, added, feed, ics, now):
        """The control."""
        added()
        mine = outside.claim(at=now + timedelta(minutes=5))
        feed.body, feed.etag = ics(NOON), '"two"'
        outside.poll(mine, at=now + timedelta(minutes=5))
        assert hours() == [("12:00", True)]

    def test_paused_or_removed_while_it_is_read_it_gets_no_busy_times(
        self, added, feed, ics, rep, now
    ):
        row = added()
        mine = outside.claim(at=now + timedelta(minutes=5))
        outside.pause_calendar(row, by=rep, at=now)
        outside.poll(mine, at=now + timedelta(minutes=5))
        assert hours() == []
        outside.remove_calendar(row, by=rep, at=now)
        outside.poll(mine, at=now + timedelta(minutes=5))
        assert OutsideBusy.objects.count() == 0

    def test_no_transaction_is_open_while_the_other_side_is_asked(
        self, added, now, monkeypatch, django_capture_on_commit_callbacks
    ):
        added()
        depth = []
        before = len(transaction.get_connection().savepoint_ids)
        real = outside.adapter

        def spy(kind):
            depth.append(len(transaction.get_connection().savepoint_ids) - before)
            return real(kind)

        monkeypatch.setattr(outside, "adapter", spy)
        outside.poll_due(at=now + timedelta(minutes=5))
        assert depth == [0]

    def test_asked_for_while_it_is_read_it_is_read_again(self, added, now):
        row = added()
        mine = outside.claim(at=now + timedelta(minutes=5))
        outside.read_soon(row, at=now + timedelta(minutes=5, seconds=1))
        outside.poll(mine, at=now + timedelta(minutes=5))
        row.refresh_from_db()
        assert row.next_poll_at == now + timedelta(minutes=5, seconds=1)


class Office:
    """What an adapter of Google or Microsoft would do: a token in the state, busy without words."""

    def read(self, calendar, *, window, now):
        if calendar.password != "refresh-token":
            raise Unreadable("Sign in to your calendar again.", wait=600)
        if calendar.state.get("token") == "t1":
            return Reading(state={"token": "t1"}, unchanged=True)
        start = datetime(2026, 11, 26, 8, tzinfo=UTC)
        return Reading((Busy(start, start + timedelta(hours=1)),), state={"token": "t1"}, events=1)


@pytest.mark.django_db
def test_another_kind_of_calendar_plugs_in_by_the_setting(settings, rep, now):
    settings.CALENDARS = {"office": f"{__name__}.Office"}
    with pytest.raises(outside.BadCalendar, match="Sign in"):
        outside.try_out(outside.Account("office", "rep@x", password="old"), zone="UTC", at=now)
    account = outside.Account("office", "rep@example.com", password="refresh-token")
    reading = outside.try_out(account, zone="UTC", at=now)
    row = outside.add_calendar(account, reading, name="Work", owner=rep, by=rep, at=now)
    outside.poll_due(at=now + timedelta(minutes=5))
    row.refresh_from_db()
    assert (hours(), row.state, row.failures) == ([("08:00", False)], {"token": "t1"}, 0)
    settings.CALENDARS = {}
    outside.poll_due(at=now + timedelta(minutes=10))
    row.refresh_from_db()
    assert "not set up" in row.problem
    assert hours() == [("08:00", False)]


class TestCalDav:
    def read(self, server, state=None, password=servers.PASSWORD, path=""):
        now = datetime(2026, 11, 24, 9, tzinfo=UTC)
        window = Window(now - timedelta(days=1), now + timedelta(days=370))
        source = Source(server.url + path, servers.LOGIN, password, "Europe/Amsterdam", state or {})
        return adapter("caldav").read(source, window=window, now=now)

    def test_calendars_are_found_and_read_and_not_read_again_unchanged(self, radicale):
        radicale.make_calendar("work")
        radicale.make_calendar("home")
        radicale.put("work", "one", "DTSTART:20261125T090000Z", "DTEND:20261125T100000Z")
        radicale.put("work", "old", "DTSTART:20200101T090000Z", "DTEND:20200101T100000Z")
        radicale.put("home", "weekly", "DTSTART;TZID=Europe/Berlin:20261103T180000", "DURATION:PT1H",
                     "RRULE:FREQ=WEEKLY;UNTIL=20261215T235959Z", "EXDATE;TZID=Europe/Berlin:20261201T180000")  # fmt: skip
        first = self.read(radicale)
        assert [f"{b.start:%m-%d %H:%M}" for b in first.busy] == [
            "11-24 17:00", "11-25 09:00", "12-08 17:00", "12-15 17:00",
        ]  # fmt: skip
        assert "marta" not in str(first.state)
        again = self.read(radicale, first.state)
        assert again.unchanged
        radicale.put("home", "new", "DTSTART:20261126T090000Z", "DTEND:20261126T100000Z")
        changed = self.read(radicale, first.state)
        assert not changed.unchanged
        assert len(changed.busy) == 5

    def test_one_calendar_can_be_named(self, radicale):
        radicale.make_calendar("alone")
        radicale.put("alone", "one", "DTSTART:20261125T070000Z", "DTEND:20261125T080000Z")
        assert [f"{b.start:%H:%M}" for b in self.read(radicale, path="marta/alone/").busy] == [
            "07:00"
        ]

    def test_a_wrong_password_is_said(self, radicale):
        with pytest.raises(Unreadable, match="name and password"):
            self.read(radicale, password="guess")

    @pytest.mark.parametrize(
        "data",
        [
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
            b'<?xml version="1.0"?>< ! DOCTYPE x><x/>', b"<x>", b"\xff\xfe<\0x\0>\0", b"",
            '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16"),
        ],
    )  # fmt: skip
    def test_entities_and_broken_answers_are_refused(self, data):
        with pytest.raises(Unreadable):
            safe_xml(data)

    def test_a_plain_answer_is_read(self):
        """The control."""
        assert safe_xml(b'<?xml version="1.0" encoding="utf-8"?><x>a &amp; b</x>').text == "a & b"

    def test_an_account_that_takes_too_long_is_left(self, radicale, monkeypatch):
        monkeypatch.setattr("meetings.outside.caldav.Patience", lambda: Patience(0.0))
        with pytest.raises(Unreadable, match="too long"):
            self.read(radicale)

    def test_the_bare_name_of_a_server_leads_to_its_calendars(self, feed, monkeypatch):
        monkeypatch.setattr(servers.FeedDoor, "do_PROPFIND", servers.FeedDoor.do_GET, raising=False)
        feed.status = 404
        with pytest.raises(Unreadable):
            self.read(type("Server", (), {"url": feed.url.replace("secret-path.ics", "")}))
        assert [path for path, _ in feed.asked] == ["/", "/.well-known/caldav"]

    def test_a_server_that_sends_us_elsewhere_does_not_get_the_password(self, feed, monkeypatch):
        monkeypatch.setattr(servers.FeedDoor, "do_PROPFIND", servers.FeedDoor.do_GET, raising=False)
        feed.status, feed.extra = 302, {"Location": "https://elsewhere.example/dav/"}
        with pytest.raises(Unreadable, match=r"elsewhere\.example"):
            self.read(type("Server", (), {"url": feed.url}))
        assert len(feed.asked) == 1
