"""Who is told of what, where and when: once, and only of what she may open."""

from datetime import UTC, datetime, time, timedelta

import pytest

from comms.models import Delivery, Message, Turn
from desk import services as desk
from notices import services
from notices.defaults import ensure_rules
from notices.kinds import KINDS
from notices.models import Notice, Preference, Rhythm
from people.models import Role
from tests import factories

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def tell(user, at, key="k", kind="mentioned", **more):
    services.tell(user, kind=kind, key=key, subject="S", body="B", at=at, **more)


class TestTelling:
    def test_stands_in_the_inbox_and_leaves_by_mail_once(self, rep, now):
        tell(rep, now, link="/requests/1/")
        tell(rep, now, link="/requests/1/")
        assert (Notice.objects.count(), Delivery.objects.count()) == (1, 1)
        assert "/requests/1/" in Delivery.objects.get().body

    def test_by_mail_only_as_she_chose(self, rep, now):
        services.choose(rep, {"mentioned": "never"}, at=now)
        tell(rep, now)
        assert (Notice.objects.count(), Delivery.objects.count()) == (1, 0)

    @pytest.mark.parametrize(("zone", "at", "due"), [
        # Amsterdam, the night in which summer time ends: 07:00 is 06:00 UTC
        ("Europe/Amsterdam", datetime(2026, 10, 24, 21, 0, tzinfo=UTC), datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),
        # and the night in which it begins: 07:00 is 05:00 UTC
        ("Europe/Amsterdam", datetime(2026, 3, 28, 22, 0, tzinfo=UTC), datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 24, 4, 0, tzinfo=UTC), datetime(2026, 11, 24, 12, 0, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 11, 24, 9, 0, tzinfo=UTC), datetime(2026, 11, 24, 9, 0, tzinfo=UTC)),
    ])  # fmt: skip
    def test_mail_waits_for_the_end_of_quiet_hours_of_her_own_zone(self, rep, zone, at, due):
        rep.zone = zone
        rep.save()
        Rhythm.objects.create(user=rep, quiet_from=time(22), quiet_until=time(7))
        tell(rep, at)
        assert Delivery.objects.get().due_at == due

    def test_without_quiet_hours_it_leaves_at_once(self, rep):
        at = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
        tell(rep, at)
        assert Delivery.objects.get().due_at == at  # the control


class TestFollowing:
    def test_whoever_is_named_hears_of_it(self, asked, rep, manager, coordinator, heard, now):
        desk.note(asked, body="@Helen Carr please look", by=coordinator, at=now)
        assert heard() == [("Helen Carr", "mentioned")]
        assert heard() == [("Helen Carr", "mentioned")]  # the same entries again tell nobody again

    def test_nobody_hears_of_words_that_she_may_not_read(self, asked, rep, coordinator, heard, now):
        desk.note(asked, body="@Daniel Okafor must not know", by=coordinator, at=now)
        assert heard() == []
        desk.reply(asked, body="@Daniel Okafor may know", by=coordinator, at=now)
        assert heard() == [("Daniel Okafor", "mentioned")]  # the control

    def test_nor_of_a_request_that_she_cannot_open(self, asked, coordinator, heard, now):
        elsewhere = factories.TeamFactory(name="Elsewhere")
        factories.member(Role.REP, email="o@example.com", name="Ola Other", team=elsewhere)
        desk.reply(asked, body="@Ola Other", by=coordinator, at=now)
        assert heard() == []

    def test_who_is_asked_and_who_asked_are_told(self, asked, rep, coordinator, heard, now):
        desk.ask_requester(asked, body="Which size?", by=coordinator, at=now)
        assert heard() == [("Daniel Okafor", "turn")]
        desk.answer(asked, body="DN 50", by=rep, at=now + HOUR)
        assert heard() == [("Daniel Okafor", "turn"), ("Marta Lindqvist", "answered")]

    def test_a_question_that_waited_a_working_day_is_told_once_more(
        self, asked, rep, coordinator, now
    ):
        desk.ask_requester(asked, body="Which size?", by=coordinator, at=now)
        ensure_rules()
        assert services.remind(at=now + 7 * HOUR) == 0
        assert services.remind(at=now + DAY + HOUR) == 1
        assert services.remind(at=now + 2 * DAY) == 0

    def test_an_answered_one_is_not(self, asked, rep, coordinator, now):
        desk.ask_requester(asked, body="Which size?", by=coordinator, at=now)
        desk.answer(asked, body="DN 50", by=rep, at=now + HOUR)
        assert Turn.objects.get().closed
        assert services.remind(at=now + 3 * DAY) == 0


class TestTheInbox:
    def test_opening_goes_there_and_counts_as_read(self, rep, now, client_of):
        tell(rep, now, link="/requests/7/")
        page, row = client_of(rep), Notice.objects.get()
        assert "1" in page.get("/inbox/count/").content.decode()
        assert page.post(f"/inbox/{row.pk}/open/").url == "/requests/7/"
        assert page.get("/inbox/count/?n=0").status_code == 204

    def test_is_nobody_elses(self, rep, coordinator, now, client_of):
        tell(rep, now)
        row, page = Notice.objects.get(), client_of(coordinator)
        assert page.post(f"/inbox/{row.pk}/open/").status_code == 404
        assert "Nothing to read" in page.get("/inbox/").content.decode()
        page.post("/inbox/read/")
        row.refresh_from_db()
        assert row.read_at is None

    def test_preferences_are_kept_and_bad_ones_refused(self, rep, client_of):
        page = client_of(rep)
        form = {f"mail-{code}": kind.mail.value for code, kind in KINDS.items()}
        form |= {f"inbox-{code}": "now" for code, kind in KINDS.items() if not kind.must_see}
        form |= {
            "mail-mentioned": "never",
            "digest": "weekly",
            "weekday": "2",
            "digest_at": "08:00",
        }
        assert page.post("/inbox/preferences/", form | {"quiet_from": "22:00"}).status_code == 422
        assert (
            page.post("/inbox/preferences/", form | {"mail-mentioned": "shout"}).status_code == 422
        )
        assert not Preference.objects.exists()
        assert page.post("/inbox/preferences/", form).status_code == 302
        assert Preference.objects.get(user=rep, kind="mentioned", channel="mail").how == "never"
        assert Rhythm.objects.get().weekday == 2
        assert Message.objects.count() == 0
