"""The pages of availability and rooms, and the feed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from journal.models import Entry
from meetings import services
from meetings.models import BookingRules, FeedLink, FocusBlock, OutsideBusy, OutsideCalendar, Room
from meetings.services import feeds, outside, rooms, rules
from people.services import add_absence

RULES = {"before_minutes": 10, "after_minutes": 5, "travel_minutes": 40, "most_per_day": 4}


@pytest.fixture
def now():
    """The doors read the real clock."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def soon(ics, now):
    """A feed with one busy time tomorrow and an event that nobody can read."""
    start = now + timedelta(days=1)
    return ics(
        [f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:PT1H", "SUMMARY:Dentist"], ["DTSTART:x"]
    )


@pytest.fixture
def harbour(coordinator, now):
    return rooms.add_room(
        name="Harbour", site="Rotterdam", equipment=["Screen"], by=coordinator, at=now
    )


def calendar(owner, by, now, name="Phone"):
    return outside.add_unread(
        outside.Account("ics", "https://cal.example/topsecret.ics"),
        name=name,
        owner=owner,
        by=by,
        at=now,
    )


class TestMyAvailability:
    def test_shows_hours_rules_blocks_calendars_and_absences(self, client_of, rep, now):
        rules.add_block(rep, weekday=1, starts=timezone.datetime(1, 1, 1, 9).time(),
                        ends=timezone.datetime(1, 1, 1, 11).time(), label="Writing", by=rep, at=now)  # fmt: skip
        calendar(rep, rep, now)
        add_absence(user=rep, starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=3),
                    reason="Dentist again", backup=None, by=rep, at=now)  # fmt: skip
        page = client_of(rep).get("/meetings/availability/").content.decode()
        for words in ("09:00 to 17:00", "Writing", "Phone", "Dentist again", "My availability"):
            assert words in page, words
        assert "topsecret" not in page

    def test_shows_what_is_taken_of_the_week_without_titles_on_her_own_clock(
        self, client_of, rep, coordinator, asked, now
    ):
        rep.zone = "Asia/Tokyo"
        rep.save()
        row = asked(title="Takeover of Northgate", at=now, window_from=now)
        start = (now + timedelta(days=2)).replace(hour=1, minute=0)
        services.book(row, starts_at=start, by=coordinator, at=now)
        add_absence(user=rep, starts_at=now + timedelta(days=3), ends_at=now + timedelta(days=5),
                    reason="", backup=None, by=rep, at=now)  # fmt: skip
        page = client_of(coordinator).get(f"/meetings/availability/{rep.pk}/")
        assert "10:00 to 10:45 booked" in page.content.decode()
        assert "all day away" in page.content.decode()
        assert "Takeover" not in page.content.decode()

    def test_rules_are_saved_and_written_down(self, client_of, rep):
        reply = client_of(rep).post(f"/meetings/availability/{rep.pk}/rules/", RULES)
        assert reply.status_code == 302
        row = BookingRules.objects.get(user=rep)
        assert (row.before_minutes, row.most_per_day, row.desk_accepts) == (10, 4, False)
        assert Entry.objects.filter(action="meetings.bookingrules.changed").count() == 1

    def test_a_wrong_number_is_said_beside_the_field_and_what_was_typed_stays(self, client_of, rep):
        reply = client_of(rep).post(
            f"/meetings/availability/{rep.pk}/rules/", RULES | {"travel_minutes": 99_999}
        )
        assert reply.status_code == 422
        assert "99999" in reply.content.decode()
        assert not BookingRules.objects.exists()

    def test_focus_blocks_come_once_and_go(self, client_of, rep):
        client, block = (
            client_of(rep),
            {"weekday": "2", "starts": "09:00", "ends": "11:00", "idempotency_key": "k"},
        )
        for _ in range(2):
            assert client.post(f"/meetings/availability/{rep.pk}/blocks/", block).status_code == 302
        row = FocusBlock.objects.get()
        overlap = client.post(
            f"/meetings/availability/{rep.pk}/blocks/",
            block | {"starts": "10:00", "idempotency_key": "l"},
        )
        assert overlap.status_code == 422
        assert "overlaps" in overlap.content.decode()
        client.post(f"/meetings/blocks/{row.pk}/remove/")
        assert not FocusBlock.objects.exists()

    def test_queries_do_not_grow(self, client_of, rep, now, django_assert_max_num_queries):
        for n in range(6):
            calendar(rep, rep, now, name=f"C{n}")
        client = client_of(rep)
        client.get("/meetings/availability/")
        with django_assert_max_num_queries(25):
            client.get("/meetings/availability/")


class TestOthers:
    def test_a_rep_does_not_see_a_colleague_and_the_desk_does(
        self, client_of, rep, coordinator, manager, now
    ):
        row = calendar(coordinator, coordinator, now)
        client = client_of(rep)
        assert client.get(f"/meetings/availability/{coordinator.pk}/").status_code == 403
        for path in ("rules", "blocks", "calendars"):
            assert (
                client.post(f"/meetings/availability/{coordinator.pk}/{path}/").status_code == 403
            )
        assert (
            client.post(f"/meetings/calendars/{row.pk}/act/", {"act": "remove"}).status_code == 403
        )
        assert client.post("/meetings/rooms/add/").status_code == 403
        assert OutsideCalendar.objects.filter(pk=row.pk).exists()
        page = client_of(manager).get(f"/meetings/availability/{coordinator.pk}/")
        assert page.status_code == 200
        assert "topsecret" not in page.content.decode()
        assert "feed" not in page.context["address"] if "address" in page.context else True

    def test_the_desk_changes_the_rules_of_a_rep(self, client_of, rep, coordinator):
        reply = client_of(coordinator).post(f"/meetings/availability/{rep.pk}/rules/", RULES)
        assert reply.url == f"/meetings/availability/{rep.pk}/"
        assert BookingRules.objects.get().user == rep

    def test_the_choice_of_a_colleague_leads_to_her_page(self, client_of, rep, coordinator):
        reply = client_of(coordinator).get(f"/meetings/availability/?user={rep.pk}")
        assert reply.url == f"/meetings/availability/{rep.pk}/"
        assert client_of(coordinator).get("/meetings/availability/?user=9%00").status_code == 200
        assert client_of(coordinator).get(f"/meetings/availability/{10**18}/").status_code == 404


class TestOutsideCalendars:
    def test_it_is_tried_out_at_once_with_what_was_found(self, client_of, rep, feed, soon):
        feed.body, client = soon, client_of(rep)
        said = {"kind": "ics", "name": "Phone", "address": feed.url, "idempotency_key": "k"}
        for _ in range(2):
            reply = client.post(f"/meetings/availability/{rep.pk}/calendars/", said)
            assert reply.url == "/meetings/availability/#calendars"
        assert len(feed.asked) == 1
        page = client.get("/meetings/availability/").content.decode()
        assert (
            "2 events, 1 busy time in the next 4 weeks, 1 could not be read whole: The event on line 8"
            in page
        )
        assert OutsideBusy.objects.count() == 1

    def test_what_cannot_be_read_is_refused_beside_the_field(self, client_of, rep, feed):
        feed.status = 404
        reply = client_of(rep).post(
            f"/meetings/availability/{rep.pk}/calendars/",
            {"kind": "ics", "name": "P", "address": feed.url},
        )
        assert reply.status_code == 422
        assert "no calendar at this address" in reply.content.decode()
        assert feed.url in reply.content.decode()
        assert not OutsideCalendar.objects.exists()

    def test_an_account_needs_a_name_and_password_and_never_shows_it(
        self, client_of, rep, radicale
    ):
        client, where = client_of(rep), f"/meetings/availability/{rep.pk}/calendars/"
        said = {"kind": "caldav", "name": "Home", "address": radicale.url}
        assert client.post(where, said).status_code == 422
        wrong = client.post(where, said | {"login": "marta", "password": "guessed-it"})
        assert wrong.status_code == 422
        assert "guessed-it" not in wrong.content.decode()
        radicale.make_calendar("page")
        right = client.post(where, said | {"login": "marta", "password": "swordfish"})
        assert right.status_code == 302
        row = OutsideCalendar.objects.get()
        assert "swordfish" not in row.password
        assert row.read_at is not None

    @pytest.mark.parametrize(
        "address",
        ["x\0y", "ftp://x", "http://169.254.169.254/", "https://localhost/", "a" * 100_000],
    )
    def test_odd_addresses_are_refused(self, client_of, rep, address):
        reply = client_of(rep).post(
            f"/meetings/availability/{rep.pk}/calendars/",
            {"kind": "ics", "name": "P", "address": address},
        )
        assert reply.status_code == 422

    def test_pause_read_resume_remove(self, client_of, rep, now):
        row, client = calendar(rep, rep, now), client_of(rep)
        for act, active in (("pause", False), ("read", False), ("resume", True), ("read", True)):
            assert (
                client.post(f"/meetings/calendars/{row.pk}/act/", {"act": act}).status_code == 302
            )
            row.refresh_from_db()
            assert row.is_active is active
        client.post(f"/meetings/calendars/{row.pk}/act/", {"act": "remove"})
        assert not OutsideCalendar.objects.exists()


class TestRooms:
    def test_the_desk_adds_and_changes_them(self, client_of, coordinator):
        client = client_of(coordinator)
        said = {"name": "Harbour", "site": "Rotterdam", "seats": 8, "zone": "Europe/Amsterdam",
                "equipment": "Screen, camera, Screen", "idempotency_key": "k"}  # fmt: skip
        for _ in range(2):
            assert client.post("/meetings/rooms/add/", said).status_code == 302
        room = Room.objects.get()
        assert room.equipment == ["Screen", "camera"]
        client.post(f"/meetings/rooms/{room.pk}/", said | {"seats": 10})
        room.refresh_from_db()
        assert (room.seats, room.is_active) == (10, False)
        assert [e.action for e in Entry.objects.filter(subject_type="meetings.room").order_by("pk")] == [
            "meetings.room.added", "meetings.room.changed",
        ]  # fmt: skip

    def test_a_name_that_is_taken_and_a_zone_that_is_none_are_refused(
        self, client_of, coordinator, harbour
    ):
        client = client_of(coordinator)
        said = {"name": "Harbour", "seats": 8, "zone": "Europe/Amsterdam"}
        assert "already" in client.post("/meetings/rooms/add/", said).content.decode()
        bad = client.post("/meetings/rooms/add/", said | {"name": "Other", "zone": "Mars/Base"})
        assert bad.status_code == 422
        assert "Mars/Base" in bad.content.decode()
        assert client.get("/meetings/rooms/999/").status_code == 404

    def test_a_rep_sees_them_and_changes_none(self, client_of, rep, harbour):
        client = client_of(rep)
        page = client.get("/meetings/rooms/")
        assert "Harbour" in page.content.decode()
        assert client.post(f"/meetings/rooms/{harbour.pk}/", {"name": "Mine"}).status_code == 403

    def test_queries_do_not_grow(self, client_of, coordinator, now, django_assert_max_num_queries):
        for n in range(20):
            rooms.add_room(name=f"R{n}", by=coordinator, at=now)
        client = client_of(coordinator)
        client.get("/meetings/rooms/")
        with django_assert_max_num_queries(12):
            client.get("/meetings/rooms/")

    def test_a_calendar_of_a_room_is_added_by_the_desk_alone(
        self, client_of, rep, coordinator, harbour, feed, soon
    ):
        feed.body, where = soon, f"/meetings/rooms/{harbour.pk}/calendars/"
        said = {"kind": "ics", "name": "Hotel", "address": feed.url}
        assert client_of(rep).post(where, said).status_code == 403
        assert client_of(coordinator).post(where, said).status_code == 302
        row = OutsideCalendar.objects.get()
        assert (
            client_of(rep).post(f"/meetings/calendars/{row.pk}/act/", {"act": "remove"}).status_code
            == 403
        )
        assert (
            "Hotel" in client_of(coordinator).get(f"/meetings/rooms/{harbour.pk}/").content.decode()
        )


class TestFeed:
    @pytest.fixture
    def booked(self, asked, coordinator, rep, now):
        row = asked(title="Pump review", place="Room 2", at=now, window_from=now)
        services.book(row, starts_at=now + timedelta(days=2), by=coordinator, at=now)
        return row

    def address(self, client):
        page = client.post("/meetings/availability/feed/", {"act": "make", "idempotency_key": "k"})
        assert page["Cache-Control"] == "no-store"
        return page.context["address"]

    def path(self, address):
        return "/meetings/feed/" + address.split("/meetings/feed/")[1]

    def test_holds_what_is_booked_and_nothing_of_the_customer(self, client_of, rep, booked):
        path = self.path(self.address(client_of(rep)))
        reply = Client().get(path)
        assert (reply.status_code, reply["X-Robots-Tag"], reply["Referrer-Policy"]) == (
            200,
            "noindex",
            "no-referrer",
        )
        whole = Calendar.from_ical(reply.content)
        (event,) = whole.walk("VEVENT")
        assert (event["SUMMARY"], event["LOCATION"]) == ("Pump review", "Room 2")
        assert whole["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
        for secret in (b"claire", b"Ashworth", b"ATTENDEE", b"northgate"):
            assert secret not in reply.content

    def test_nothing_new_is_a_304_until_something_changes(
        self, client_of, rep, booked, coordinator, now
    ):
        path = self.path(self.address(client_of(rep)))
        first = Client().get(path)
        known = {"If-None-Match": first["ETag"]}
        assert Client().get(path, headers=known).status_code == 304
        services.cancel(booked, reason="", by=coordinator, at=now)
        changed = Client().get(path, headers=known)
        assert changed.status_code == 200
        assert b"VEVENT" not in changed.content

    def test_only_a_digest_is_kept_and_a_new_address_ends_the_old_one(
        self, client_of, rep, booked, now
    ):
        client = client_of(rep)
        first = self.address(client)
        key = first.rsplit("/", 1)[1].removesuffix(".ics")
        assert key not in str(list(FeedLink.objects.values()))
        assert key not in str(list(Entry.objects.values()))
        second = feeds.make_link(rep, by=rep, at=now)
        assert Client().get(self.path(first)).status_code == 404
        assert Client().get(self.path(second)).status_code == 200
        client.post("/meetings/availability/feed/", {"act": "remove"})
        assert Client().get(self.path(second)).status_code == 404

    def test_a_double_click_does_not_spend_the_address(self, client_of, rep):
        client = client_of(rep)
        path = self.path(self.address(client))
        again = client.post("/meetings/availability/feed/", {"act": "make", "idempotency_key": "k"})
        assert again.status_code == 302
        assert Client().get(path).status_code == 200

    def test_who_left_has_no_feed(self, client_of, rep, booked):
        path = self.path(self.address(client_of(rep)))
        rep.is_active = False
        rep.save()
        assert Client().get(path).status_code == 404

    @pytest.mark.django_db
    def test_guessing_is_limited(self):
        codes = [Client().get(f"/meetings/feed/guess{n}.ics").status_code for n in range(95)]
        assert codes[0] == 404
        assert codes[-1] == 429

    def test_the_desk_makes_none_for_others(self, client_of, coordinator, rep):
        client_of(coordinator).post("/meetings/availability/feed/", {"act": "make"})
        assert [link.user for link in FeedLink.objects.all()] == [coordinator]
