"""Send later: planned, changed, called off; looked at again when the time has come; exactly once."""

from datetime import UTC, datetime, timedelta
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from comms import services
from comms.models import Delivery, Message, Suppression, Thread, Unsent
from journal.models import Entry
from notices.models import Notice

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(coordinator, client_of):
    return client_of(coordinator)


@pytest.fixture
def plan(order, contact, coordinator, now):
    def make(at=None, **fields):
        typed = services.Typed(
            **{"body": "Good morning", "to": "customer", "contacts": [contact.pk]} | fields
        )
        draft = services.keep_draft(order, typed, by=coordinator, at=now)
        return services.plan(draft, order, due_at=at or now + HOUR, by=coordinator, at=now)

    return make


class TestPlanning:
    def test_keeps_it_until_its_time_in_the_senders_zone(self, order, desk, here, note):
        wall = (timezone.now() + timedelta(days=3)).astimezone(ZoneInfo("Europe/Amsterdam"))
        words = {"to": "customer", "body": "Good morning", "later": "time", "files": [note()],
                 "later_at": wall.strftime("%Y-%m-%dT%H:%M")}  # fmt: skip
        assert desk.post(here(order), words).status_code == 302
        row = Unsent.objects.get()
        assert row.status == "waiting"
        assert row.due_at == wall.replace(second=0, microsecond=0)
        assert row.files.count() == 1
        assert not Delivery.objects.exists()
        text = desk.get(here(order)).content.decode()
        for part in ("Leaves", "Send now", "Change", "Cancel", "Good morning"):
            assert part in text

    def test_for_their_next_morning_counts_on_the_readers_clock(self, contact, coordinator):
        contact.zone = "Asia/Tokyo"
        at = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)  # a Friday evening in Tokyo
        found = services.next_opening([contact], coordinator, at)
        assert found.astimezone(ZoneInfo("Asia/Tokyo")).isoformat() == "2026-11-30T09:00:00+09:00"
        contact.zone = ""
        found = services.next_opening([contact], coordinator, at)
        assert found.astimezone(ZoneInfo("Europe/Amsterdam")).hour == 9

    @pytest.mark.parametrize(
        "later_at", ["2020-01-01T09:00", "0001-01-01T00:00", "9999-12-31T23:59", "x", ""]
    )
    def test_at_a_time_that_cannot_be_is_refused_and_keeps_the_words(
        self, order, desk, here, later_at
    ):
        words = {"to": "customer", "body": "Kept", "later": "time", "later_at": later_at}
        reply = desk.post(here(order), words)
        assert reply.status_code == 422
        assert "Kept</textarea>" in reply.content.decode()
        assert not Unsent.objects.planned().exists()

    def test_is_only_for_the_customer(self, order, coordinator, now):
        draft = services.keep_draft(
            order, services.Typed(body="x", to="internal"), by=coordinator, at=now
        )
        with pytest.raises(services.Unsendable):
            services.plan(draft, order, due_at=now + HOUR, by=coordinator, at=now)

    def test_is_in_the_journal_and_seen_live(self, plan):
        plan()
        assert Entry.objects.filter(action="comms.message.planned").count() == 1
        assert Thread.objects.get().version == 1


class TestWhenItsTimeHasCome:
    def test_it_leaves_once(self, plan, now):
        row = plan(subject_line="News")
        assert services.send_planned(at=now + HOUR - timedelta(seconds=1)) == 0
        assert services.send_planned(at=now + HOUR) == 1
        assert services.send_planned(at=now + HOUR) == 0
        row.refresh_from_db()
        mail = Delivery.objects.get()
        assert (row.status, row.message, mail.subject) == ("sent", mail.written, "News")

    def test_a_worker_that_is_killed_in_between_leaves_it_as_it_was(self, plan, now):
        plan()
        with (
            mock.patch("comms.services.saying.send_along", side_effect=SystemExit),
            pytest.raises(SystemExit),
        ):
            services.send_planned(at=now + HOUR)
        assert (Message.objects.count(), Unsent.objects.get().status) == (0, "waiting")
        services.send_planned(at=now + HOUR)
        assert Delivery.objects.count() == 1

    def test_its_files_go_along(self, order, desk, here, note, now):
        words = {"to": "customer", "body": "Good morning", "later": "opening", "files": [note()]}
        desk.post(here(order), words)
        services.send_planned(at=timezone.now() + timedelta(days=5))
        assert Delivery.objects.get().files.get().name == "note.txt"

    def test_it_is_held_if_the_customer_wrote_meanwhile(
        self, plan, order, coordinator, now, desk, here
    ):
        row = plan()
        services.receive(Thread.objects.get(), body="Never mind", at=now + timedelta(minutes=5))
        services.send_planned(at=now + HOUR)
        row.refresh_from_db()
        assert (row.status, Delivery.objects.filter(user=None).count()) == ("held", 0)
        notice = Notice.objects.get(user=coordinator)
        assert "waits for your word" in notice.title
        assert "Does it still fit?" in desk.get(here(order)).content.decode()
        services.send_now(row, order, by=coordinator, at=now + 2 * HOUR)
        assert Delivery.objects.filter(user=None).count() == 1

    def test_a_note_of_a_colleague_does_not_hold_it(self, plan, order, coordinator, now):
        plan()
        services.say(order, body="Note", visibility="internal", by=coordinator, at=now + HOUR / 2)
        services.send_planned(at=now + HOUR)
        assert Unsent.objects.get().status == "sent"

    @pytest.mark.parametrize("fault", ["no_mail", "suppressed", "left", "no right"])
    def test_it_is_held_if_its_reader_or_writer_is_gone(
        self, plan, contact, coordinator, now, fault
    ):
        row = plan()
        if fault == "no_mail":
            contact.no_mail = True
            contact.save()
        elif fault == "suppressed":
            services.suppress(
                contact.email.upper(),
                reason=Suppression.Reason.PERSON,
                why="",
                by=coordinator,
                at=now,
            )
        elif fault == "left":
            contact.is_active = False
            contact.save()
        else:
            coordinator.groups.clear()
        services.send_planned(at=now + HOUR)
        row.refresh_from_db()
        assert (row.status, Delivery.objects.filter(user=None).count()) == ("held", 0)
        assert row.why

    def test_one_that_cannot_be_sent_keeps_no_other_from_leaving(self, plan, now):
        first, second = plan(body="First"), plan(now + 2 * HOUR, body="Second")
        real = services.say

        def broken(*args, **kwargs):
            if kwargs["body"] == "First":
                raise ZeroDivisionError
            return real(*args, **kwargs)

        with mock.patch("comms.services.saying.say", broken):
            assert services.send_planned(at=now + 2 * HOUR) == 2
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.status, second.status) == ("held", "sent")


class TestSecondThoughts:
    def test_it_can_be_sent_now_changed_and_called_off(self, plan, desk, order, here):
        row = plan()
        desk.post(f"/threads/later/{row.pk}/change/")
        row.refresh_from_db()
        assert (row.status, row.due_at) == ("draft", None)
        assert "Good morning</textarea>" in desk.get(here(order)).content.decode()
        row = plan()
        desk.post(f"/threads/later/{row.pk}/send-now/", {"idempotency_key": "k"})
        desk.post(f"/threads/later/{row.pk}/send-now/", {"idempotency_key": "k"})
        assert Delivery.objects.count() == 1
        row = plan()
        desk.post(f"/threads/later/{row.pk}/cancel/")
        row.refresh_from_db()
        assert row.status == "cancelled"

    def test_changing_does_not_overwrite_another_draft(self, plan, order, coordinator, now):
        row = plan()
        services.keep_draft(order, services.Typed(body="Other"), by=coordinator, at=now)
        with pytest.raises(services.Unsendable):
            services.change(row, order, by=coordinator, at=now)
        row.refresh_from_db()
        assert row.status == "waiting"

    def test_what_left_cannot_be_changed(self, plan, order, coordinator, now):
        row = plan()
        services.send_planned(at=now + HOUR)
        for act in (services.change, services.cancel, services.send_now):
            with pytest.raises(services.TooLate):
                act(row, order, by=coordinator, at=now + HOUR)

    def test_a_colleague_cancels_but_does_not_send(self, plan, order, manager, now, client_of):
        row = plan()
        page = client_of(manager)
        page.post(f"/threads/later/{row.pk}/send-now/")
        assert not Delivery.objects.exists()
        page.post(f"/threads/later/{row.pk}/cancel/")
        row.refresh_from_db()
        assert row.status == "cancelled"

    def test_a_rep_has_no_hand_in_it(self, plan, rep, client_of, order):
        row = plan()
        page = client_of(rep)
        assert page.post(f"/threads/later/{row.pk}/cancel/").status_code == 404
        assert (
            "Good morning"
            not in page.get(f"/threads/for/orders.order/{order.pk}/").content.decode()
        )
