"""When a working calendar changes, open promises are laid out in its new hours, each once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk import services
from desk.models import Recalculation, SalesRequest, SlaPolicy
from desk.services import promises, recalculation
from journal.models import Entry
from kit.business_time import WorkingTime
from people import services as people
from people.calendars import Change
from people.models import Party
from tests import factories

LATER = timedelta(hours=1)


@pytest.fixture(autouse=True)
def policy(request):
    """First answer within two hours, done within eight."""
    if "kinds" in request.fixturenames:
        kind = request.getfixturevalue("kinds")["question"]
        kind.policy = SlaPolicy.objects.create(
            name="Two and eight", response_seconds=2 * 3600, resolution_seconds=8 * 3600
        )
        kind.save()


@pytest.fixture
def change(team, manager, now):
    """`change(**hours by weekday)`: the team's calendar, changed an hour after `now`."""

    def make(at=now + LATER, **days):
        calendar = type(team.calendar).objects.get(pk=team.calendar_id)
        names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        hours = [days.get(n, calendar.hours[i]) for i, n in enumerate(names)]
        people.change_calendar(
            calendar, seen=calendar.version, name=calendar.name, zone=calendar.zone, hours=hours,
            by=manager, at=at,
        )  # fmt: skip
        return calendar

    return make


def run_all(now):
    chunks = 0
    while recalculation.recalculate_next(at=now):
        chunks += 1
    return chunks


class TestOneRequest:
    def test_what_was_left_at_the_change_is_left_in_the_new_hours(self, asked, change, now):
        row = asked()  # Tuesday 10:00 in Amsterdam, eight hours: due on Wednesday at 10:00
        assert row.due_at == now + timedelta(days=1)
        change(wed=[["11:00", "17:00"]])  # at 11:00 seven were left: six today, one on Wednesday
        run_all(now + LATER)
        row.refresh_from_db()
        assert row.due_at == now + timedelta(days=1, hours=2)  # Wednesday, 12:00
        assert row.calendar_version == 2
        data = Entry.objects.get(action="desk.request.due_moved").data
        assert datetime.fromisoformat(data["due"][1]) == row.due_at

    def test_late_stays_late(self, asked, change, now):
        row = asked(at=now - timedelta(days=7))
        due = row.due_at
        change(wed=[])
        run_all(now + LATER)
        row.refresh_from_db()
        assert (row.due_at, row.calendar_version) == (due, 2)

    def test_a_promise_that_waits_keeps_its_seconds(self, claimed, coordinator, rep, change, now):
        row = claimed()
        services.ask_requester(row, body="Which one?", by=coordinator, at=now)
        left = row.left_seconds
        change(wed=[["13:00", "17:00"]])
        run_all(now + LATER)
        row.refresh_from_db()
        assert (row.due_at, row.left_seconds, row.calendar_version) == (None, left, 2)
        services.answer(row, body="The first", by=rep, at=now + LATER)
        # Six of eight hours on Tuesday from 11:00, two on Wednesday from 13:00.
        assert row.due_at == now + timedelta(days=1, hours=5)

    def test_the_first_answer_is_promised_anew_until_it_is_given(
        self, asked, claimed, coordinator, change, now
    ):
        late_in_the_day = now + timedelta(hours=6)  # 16:00: two hours, so one is left tomorrow
        open_row, answered = asked(at=late_in_the_day), claimed(at=late_in_the_day)
        services.reply(answered, body="Soon", by=coordinator, at=late_in_the_day)
        before = answered.response_due_at
        change(at=late_in_the_day, wed=[["12:00", "17:00"]])
        run_all(late_in_the_day)
        open_row.refresh_from_db()
        answered.refresh_from_db()
        assert open_row.response_due_at == before + timedelta(hours=3)
        assert answered.response_due_at == before

    def test_done_requests_and_other_teams_are_left_alone(
        self, claimed, asked, kinds, coordinator, change, now
    ):
        done, elsewhere = claimed(), asked()
        services.resolve(done, by=coordinator, at=now)
        other = factories.TeamFactory(name="Leeds desk")
        SalesRequest.objects.filter(pk=elsewhere.pk).update(team=other)
        due = elsewhere.due_at
        change(wed=[])
        run_all(now + LATER)
        elsewhere.refresh_from_db()
        done.refresh_from_db()
        assert (elsewhere.due_at, elsewhere.calendar_version) == (due, 1)
        assert (done.due_at, done.calendar_version) == (None, 1)


class TestStepsThatComeFirst:
    """A person's step between the change and the sweep finds the promise in the new hours."""

    def test_what_is_asked_after_the_change_is_not_moved(self, asked, kinds, change, now):
        change(wed=[["11:00", "17:00"]])
        kinds["question"].refresh_from_db()
        row = asked(at=now + LATER)
        assert (row.calendar_version, row.due_at) == (2, now + timedelta(days=1, hours=3))
        run_all(now + LATER)
        run = Recalculation.objects.get()
        assert (run.total, run.done, run.changed) == (0, 0, 0)

    def test_a_pause_takes_what_is_left_of_the_moved_promise(
        self, claimed, coordinator, change, now
    ):
        row = claimed()
        change(wed=[["11:00", "17:00"]])
        services.ask_requester(row, body="Which one?", by=coordinator, at=now + LATER)
        assert (row.left_seconds, row.calendar_version) == (7 * 3600, 2)
        run_all(now + LATER)
        row.refresh_from_db()
        assert row.left_seconds == 7 * 3600
        assert Entry.objects.filter(action="desk.request.due_moved").count() == 1

    def test_whether_a_promise_was_kept_is_judged_in_the_new_hours(
        self, claimed, coordinator, change, now
    ):
        row = claimed()
        change(wed=[["11:00", "17:00"]])
        services.resolve(row, by=coordinator, at=now + timedelta(days=1, hours=1))
        assert Entry.objects.get(action="desk.request.resolved").data["met"] is True

    def test_two_changes_are_gone_through_one_after_the_other(
        self, claimed, coordinator, change, now
    ):
        row = claimed()
        change(wed=[])  # seven hours left at 11:00: six today, one on Thursday
        change(at=now + 3 * LATER, thu=[["12:00", "17:00"]])
        services.give_custody(row, Party.CUSTOMER, by=coordinator, at=now + 4 * LATER)
        assert (row.left_seconds, row.calendar_version) == (4 * 3600, 3)


class TestCustody:
    def test_what_was_held_before_a_change_is_counted_in_the_hours_before_it(
        self, claimed, coordinator, change, now
    ):
        row = claimed()
        closed = list(row.custody.exclude(ended_at=None).values_list("pk", "business_seconds"))
        # Tuesday from 11:00 on is free, as is Wednesday: an hour was worked, then none.
        change(tue=[["08:00", "11:00"]], wed=[])
        coordinator.refresh_from_db()
        services.give_custody(row, Party.CUSTOMER, by=coordinator, at=now + timedelta(days=1))
        kept = list(row.custody.exclude(ended_at=None).values_list("pk", "business_seconds"))
        assert kept[: len(closed)] == closed
        assert kept[-1][1] == 3600

    def test_the_new_hours_count_from_the_change_on(self, claimed, coordinator, change, now):
        row = claimed()
        change(tue=[["09:00", "10:00"], ["12:00", "19:00"]])
        services.give_custody(row, Party.CUSTOMER, by=coordinator, at=now + 10 * LATER)
        # 10:00 to 11:00 by the old hours, 12:00 to 19:00 by the new ones.
        assert row.custody.get(party="desk", user=coordinator).business_seconds == 8 * 3600


class TestSweep:
    @pytest.fixture
    def many(self, asked, now):
        """Five of now, which move, and three of last week, which are late."""
        return [asked() for _ in range(5)] + [asked(at=now - timedelta(days=7)) for _ in range(3)]

    def test_counts_what_moved_and_what_did_not(self, many, change, now, manager):
        change(wed=[])
        run_all(now + LATER)
        run = Recalculation.objects.get()
        assert (run.total, run.done, run.changed, run.unchanged) == (8, 8, 5, 3)
        assert (run.status, run.asked_by, run.version_to) == ("done", manager, 2)

    def test_goes_on_where_a_worker_died_and_does_each_once(self, many, change, now, monkeypatch):
        monkeypatch.setattr(recalculation, "CHUNK", 2)
        change(wed=[])
        assert recalculation.recalculate_next(at=now + LATER)
        lay_out = promises.lay_out

        def die(*_):
            raise OperationalError("the worker is gone")

        monkeypatch.setattr(promises, "lay_out", die)
        with pytest.raises(OperationalError):
            recalculation.recalculate_next(at=now + LATER)
        run = Recalculation.objects.get()
        assert (run.done, run.cursor, run.status) == (2, many[1].pk, "running")
        monkeypatch.setattr(promises, "lay_out", lay_out)
        run_all(now + LATER)
        run.refresh_from_db()
        assert (run.done, run.changed, run.status) == (8, 5, "done")
        assert Entry.objects.filter(action="desk.request.due_moved").count() == 5

    def test_a_second_time_nothing_moves(self, many, change, now):
        change(wed=[])
        run_all(now + LATER)
        before = list(SalesRequest.objects.order_by("pk").values_list("due_at", flat=True))
        Recalculation.objects.update(status="running", cursor=0)
        run_all(now + LATER)
        assert list(SalesRequest.objects.order_by("pk").values_list("due_at", flat=True)) == before

    def test_versions_are_gone_through_in_their_order(self, many, change, now):
        change(wed=[])
        change(at=now + 2 * LATER, thu=[["12:00", "17:00"]])
        run_all(now + 2 * LATER)
        runs = list(Recalculation.objects.order_by("version_to"))
        assert [(r.version_to, r.done, r.changed) for r in runs] == [(2, 8, 5), (3, 8, 5)]
        # Six of seven hours on Tuesday, the last one on Thursday from 12:00.
        many[0].refresh_from_db()
        assert many[0].due_at == now + timedelta(days=2, hours=3)

    def test_a_second_look_finds_who_was_submitting_meanwhile(self, many, change, now):
        change(wed=[])
        run_all(now + LATER)
        late = many[0]
        SalesRequest.objects.filter(pk=late.pk).update(due_at=now + timedelta(days=1), calendar_version=1)  # fmt: skip
        assert run_all(now + LATER) == 0
        assert run_all(now + LATER + recalculation.SECOND_LOOK) == 1
        late.refresh_from_db()
        assert late.calendar_version == 2
        run = Recalculation.objects.get()
        assert (run.status, run.again_at, run.done) == ("done", None, 9)

    def test_a_new_name_moves_no_promise(self, many, team, manager, now):
        people.change_calendar(
            team.calendar, seen=1, name="Harbour office", zone=team.calendar.zone,
            hours=team.calendar.hours, by=manager, at=now + LATER,
        )  # fmt: skip
        run_all(now + LATER)
        run = Recalculation.objects.get()
        assert (run.done, run.changed) == (8, 0)


class TestPage:
    def test_shows_that_it_waits_how_far_it_is_and_what_came_out(
        self, asked, change, client_of, manager, now, team, monkeypatch
    ):
        monkeypatch.setattr(recalculation, "CHUNK", 2)
        for _ in range(3):
            asked()
        office, url = client_of(manager), f"/promises/{team.calendar_id}/"
        assert "Nothing was changed yet." in office.get(url).content.decode()
        change(wed=[])
        assert "Waiting to start" in office.get(url).content.decode()
        recalculation.recalculate_next(at=now + LATER)
        moving = office.get(url, headers={"HX-Request": "true"}).content.decode()
        assert "2 of 3 open requests looked at, 2 moved" in moving
        assert "every 1s" in moving
        run_all(now + LATER)
        over = office.get(url, headers={"HX-Request": "true"}).content.decode()
        assert "3 promises moved, 0 unchanged" in over
        assert "every 1s" not in over
        assert url in office.get(f"/people/calendars/{team.calendar_id}/").content.decode()


# An oracle that shares nothing with kit.business_time: it looks at every second on the wall clock.
START = datetime(2027, 3, 22, tzinfo=UTC)  # the week of the change to summer time in Europe
MINUTES = 21 * 1440
ZONES = st.sampled_from(["Europe/Amsterdam", "UTC", "Europe/London", "Asia/Kolkata"])


@st.composite
def week(draw):
    """Seven days with one or two stretches each, some of them free; Mondays are never."""
    days = []
    for number in range(7):
        edges = sorted(draw(st.sets(st.integers(0, 96), min_size=4, max_size=4)))
        stretches = draw(st.integers(1 if number == 0 else 0, 2))
        pairs = [(edges[0] * 15, edges[1] * 15), (edges[2] * 15, edges[3] * 15)]
        days.append(tuple(pairs[:stretches]))
    return tuple(days)


CALENDARS = st.builds(
    lambda hours, zone, free: WorkingTime(hours, zone, frozenset(free)),
    week(), ZONES, st.sets(st.dates(date(2027, 3, 23), date(2027, 3, 28)), max_size=2),
)  # fmt: skip


def seconds_of(calendar):
    """A byte for each second from START: 1 when somebody works."""
    zone, found = ZoneInfo(calendar.zone), bytearray()
    for minute in range(MINUTES):
        wall = (START + timedelta(minutes=minute)).astimezone(zone)
        now = wall.hour * 60 + wall.minute
        works = wall.date() not in calendar.holidays and any(
            start <= now < end for start, end in calendar.week[wall.weekday()]
        )
        found += (b"\1" if works else b"\0") * 60
    return bytes(found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    before=CALENDARS, after=CALENDARS,
    promised=st.integers(0, 3 * 86_400), business=st.integers(1, 8 * 3600),
    changed=st.integers(0, 5 * 86_400),
)  # fmt: skip
def test_equals_an_oracle_that_counts_second_by_second(before, after, promised, business, changed):
    old, new = seconds_of(before), seconds_of(after)
    due = before.add(START + timedelta(seconds=promised), business)
    change = Change(START + timedelta(seconds=changed), 2, before, after)
    row = SalesRequest(due_at=due, calendar_version=1)
    moved = promises.lay_out(row, [change])
    due_second = round((due - START).total_seconds())
    assert old[promised:due_second].count(1) == business
    if due_second <= changed or before == after:
        assert (row.due_at, moved) == (due, False)
        return
    left = old[changed:due_second].count(1)
    at = changed
    while left:
        left -= new[at]
        at += 1
    found = round((row.due_at - START).total_seconds())
    if old[changed:due_second].count(1):
        assert found == at
    else:  # nothing was left: at once, or when somebody begins to work
        assert not any(new[changed:found])
        assert new[found]
    assert moved == (found != due_second)
