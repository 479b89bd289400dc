"""The summary: at her hour, once, of what she has not read, in her own zone, whatever clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from email import policy
from email.parser import BytesParser

import pytest
import time_machine

from comms import deliveries
from comms.models import Delivery
from notices import services
from notices.models import Notice, Rhythm
from notices.services.digests import due_moment
from people.models import Absence
from tests.relay import relay

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.fixture
def waiting(rep, now, tell):
    """Three notices of a Tuesday at ten that wait for the summary."""
    services.choose(rep, {"mentioned": "digest"}, at=now)
    for n in range(3):
        tell(rep, now, key=f"k{n}")
    assert not Delivery.objects.exists()
    return rep


def sent_hours(user, *, since, until, step=HOUR):
    """At which moments of a time a summary is owed when there is always something new."""
    found, at = [], since
    while at < until:
        services.tell(user, kind="mentioned", key=str(at), subject="S", body="", at=at - HOUR)
        if services.send_digests(at=at):
            found.append(at)
        at += step
    return found


class TestWhen:
    def test_comes_at_her_hour_once_a_day(self, waiting, now, tell):
        morning = utc(2026, 11, 25, 7, 30)  # half past eight in Amsterdam
        Rhythm.objects.create(user=waiting, digested_at=now - HOUR)
        assert services.send_digests(at=morning - HOUR) == 0
        assert services.send_digests(at=morning) == 1
        tell(waiting, morning, key="later")
        assert services.send_digests(at=morning + HOUR) == 0
        assert services.send_digests(at=morning + DAY) == 1
        assert Delivery.objects.count() == 2
        assert Delivery.objects.order_by("pk").first().body.count("- S") == 3

    def test_what_is_told_after_her_hour_waits_for_the_next_also_for_a_newcomer(self, waiting, now):
        assert services.send_digests(at=now + HOUR) == 0  # told at ten, her hour was eight
        assert services.send_digests(at=now + DAY) == 1

    def test_says_nothing_of_what_was_read_or_settled(self, waiting, now):
        services.mark_read(waiting, Notice.objects.first().pk, at=now)
        Notice.objects.filter(key="k1").update(settled_at=now)
        assert services.send_digests(at=now + DAY) == 1
        assert Delivery.objects.get().body.count("- S") == 1
        assert not Notice.objects.filter(waits_for_digest=True).exists()

    def test_says_nothing_at_all_when_all_was_read(self, waiting, now):
        services.mark_all_read(waiting, at=now)
        assert services.send_digests(at=now + DAY) == 0
        assert not Delivery.objects.exists()

    def test_a_worker_that_slept_for_days_makes_up_for_it_once(self, waiting, now):
        Rhythm.objects.create(user=waiting, digested_at=now - 3 * DAY)
        assert [services.send_digests(at=now + 3 * DAY + n * HOUR) for n in range(4)] == [
            1,
            0,
            0,
            0,
        ]

    def test_the_same_moment_is_owed_once_whatever_happens_to_the_marks(self, waiting, now):
        assert services.send_digests(at=now + DAY) == 1
        Rhythm.objects.update(digested_at=None)
        Notice.objects.update(waits_for_digest=True)
        services.send_digests(at=now + DAY)
        assert Delivery.objects.count() == 1


class TestOfTheWeek:
    @pytest.mark.parametrize(("weekday", "days"), [(0, [6]), (2, [1]), (6, [5])])
    def test_comes_on_the_chosen_day(self, waiting, now, weekday, days):
        Rhythm.objects.create(
            user=waiting, digest="weekly", weekday=weekday, digested_at=now - 7 * DAY
        )
        found = []
        for n in range(1, 8):
            Notice.objects.update(waits_for_digest=True)
            if services.send_digests(at=now + n * DAY):
                found.append(n)
        assert found == days  # now is a Tuesday

    def test_a_missed_monday_is_made_up_for_and_the_next_comes_on_monday(self, waiting, now):
        Rhythm.objects.create(user=waiting, digest="weekly", digested_at=utc(2026, 11, 16, 7))
        monday = utc(2026, 11, 30, 7)
        Notice.objects.update(at=monday - DAY)
        assert services.send_digests(at=monday + 2 * DAY) == 1
        Notice.objects.update(waits_for_digest=True)
        assert [services.send_digests(at=monday + n * DAY) for n in range(3, 8)] == [0, 0, 0, 0, 1]


class TestClocksThatChange:
    @pytest.mark.parametrize(("hour", "first", "moments"), [
        # Summer time begins on 29 March at two, and ends on 25 October at three.
        (time(8), utc(2026, 3, 28), [utc(2026, 3, 28, 7), utc(2026, 3, 29, 6), utc(2026, 3, 30, 6)]),
        (time(2, 30), utc(2026, 3, 28), [utc(2026, 3, 28, 1, 30), utc(2026, 3, 29, 1, 30), utc(2026, 3, 30, 0, 30)]),
        (time(8), utc(2026, 10, 24), [utc(2026, 10, 24, 6), utc(2026, 10, 25, 7), utc(2026, 10, 26, 7)]),
        (time(2, 30), utc(2026, 10, 24), [utc(2026, 10, 24, 0, 30), utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)]),
    ])  # fmt: skip
    def test_one_a_day_at_her_hour_of_the_wall(self, rep, hour, first, moments):
        services.choose(rep, {"mentioned": "digest"}, at=first)
        Rhythm.objects.create(user=rep, digest_at=hour, digested_at=first - 12 * HOUR)
        with time_machine.travel(first, tick=False):
            assert sent_hours(rep, since=first, until=first + 3 * DAY, step=HOUR / 2) == moments

    def test_a_journey_west_brings_no_second_one_on_the_day(self, waiting, now):
        Rhythm.objects.create(user=waiting, digested_at=now - 2 * DAY)
        assert services.send_digests(at=utc(2026, 11, 25, 7)) == 1
        waiting.zone = "America/New_York"
        waiting.save()
        Notice.objects.update(waits_for_digest=True)
        assert services.send_digests(at=utc(2026, 11, 25, 13)) == 0  # eight in New York
        assert services.send_digests(at=utc(2026, 11, 26, 13)) == 1

    def test_a_journey_over_the_date_line_loses_none(self, waiting, now):
        waiting.zone = "Pacific/Auckland"
        waiting.save()
        Rhythm.objects.create(user=waiting, digested_at=utc(2026, 11, 24, 19))  # Wednesday, eight
        waiting.zone = "Pacific/Honolulu"
        waiting.save()
        assert services.send_digests(at=utc(2026, 11, 25, 18)) == 1  # Wednesday, eight, once more


class TestAway:
    def away(self, user, start, end):
        return Absence.objects.create(user=user, starts_at=start, ends_at=end)

    def test_none_comes_while_she_is_away_and_one_on_her_first_day_back(self, waiting, now):
        self.away(waiting, utc(2026, 11, 24, 23), utc(2026, 11, 29, 23))  # Wednesday to Sunday
        Rhythm.objects.create(user=waiting, digested_at=now - HOUR)
        hours = sent_hours(waiting, since=now + 12 * HOUR, until=now + 6 * DAY + 12 * HOUR)
        assert hours == [utc(2026, 11, 30, 7)]

    def test_who_wanted_it_on_monday_and_was_away_gets_it_on_tuesday(self, waiting, now):
        self.away(waiting, utc(2026, 11, 29, 23), utc(2026, 11, 30, 23))
        Rhythm.objects.create(user=waiting, digest="weekly", digested_at=utc(2026, 11, 23, 7))
        hours = sent_hours(waiting, since=utc(2026, 11, 29, 0), until=utc(2026, 12, 8, 0))
        assert hours == [utc(2026, 12, 1, 7), utc(2026, 12, 7, 7)]

    def test_who_is_here_gets_it(self, waiting, now):  # the control
        Rhythm.objects.create(user=waiting, digested_at=now - HOUR)
        hours = sent_hours(waiting, since=now + 12 * HOUR, until=now + 3 * DAY)
        assert hours == [utc(2026, 11, 25, 7), utc(2026, 11, 26, 7), utc(2026, 11, 27, 7)]

    def test_every_rhythm_finds_a_moment_within_a_week(self, now):
        for day in range(366):
            at = utc(2026, 1, 1, 12) + day * DAY
            for zone in ("Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Pacific/Apia"):
                for weekday in (None, 0, 4):
                    kind = {"digest": "weekly", "weekday": weekday} if weekday is not None else {}
                    found = due_moment(Rhythm(**kind), zone, [], at)
                    assert timedelta(0) <= at - found <= 7 * DAY + HOUR
                    assert weekday is None or found.astimezone().date() > date(2025, 12, 24)


@pytest.mark.django_db(transaction=True)
def test_it_arrives_grouped_by_subject_with_the_way_out(
    role_groups, rep, asked, now, tell, settings, tmp_path, monkeypatch
):  # fmt: skip
    """Through a real relay, read as a mail program reads it."""
    settings.EMAIL_BACKEND = "comms.backends.RelayBackend"
    services.choose(rep, {"mentioned": "digest"}, at=now)
    tell(
        rep,
        now,
        key="a",
        subject=f"Marta named you: {asked}",
        about=asked,
        link=f"/requests/{asked.pk}/",
    )
    tell(
        rep,
        now,
        key="b",
        subject=f"Helen named you: {asked}",
        about=asked,
        link=f"/requests/{asked.pk}/",
    )
    tell(rep, now, key="c", subject="A [bracket] *of* its own", link="/inbox/")
    with relay(tmp_path, monkeypatch) as server, time_machine.travel(now + DAY, tick=True):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        assert services.send_digests(at=now + DAY) == 1
        deliveries.send_due(at=now + DAY)
        mails = server.handler.mails
    assert len(mails) == 1
    mail = BytesParser(policy=policy.default).parsebytes(mails[0].as_bytes())
    assert mail["To"] == "Daniel Okafor <rep@example.com>"
    assert mail["Subject"] == "3 things that you have not read yet"
    html = mail.get_body(("html",)).get_content()
    assert html.count(f"/requests/{asked.pk}/") == 1  # one heading over both lines
    assert "Marta named you," in html
    assert f"{settings.PORTAL_URL}/inbox/preferences/" in html
    assert "A (bracket)" in mail.get_body(("plain",)).get_content()
