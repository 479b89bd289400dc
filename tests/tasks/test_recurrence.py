"""When a recurring task comes again, against an oracle that counts days one by one."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks import recurrence, services
from tasks.models import Task
from tasks.recurrence import BadRule, Rule, next_on

DAYS = st.dates(date(2019, 1, 1), date(2035, 12, 31))
RULES = st.builds(
    Rule,
    every=st.integers(1, 13),
    unit=st.sampled_from(["day", "week", "month", "year"]),
    until=st.none() | DAYS,
) | st.builds(
    Rule,
    every=st.integers(1, 6),
    unit=st.just("week"),
    weekdays=st.lists(st.integers(0, 6), unique=True, min_size=1).map(lambda d: tuple(sorted(d))),
)


def belongs(rule, start, day):
    """Whether `day` is of the series, by nothing but the calendar."""
    if day < start or (rule.until and day > rule.until):
        return False
    if rule.unit == "day":
        return (day - start).days % rule.every == 0
    if rule.unit == "week":
        monday, first = (d - timedelta(days=d.weekday()) for d in (day, start))
        in_turn = (monday - first).days // 7 % rule.every == 0
        return in_turn and day.weekday() in (rule.weekdays or (start.weekday(),))
    apart = (day.year - start.year) * 12 + day.month - start.month
    step = rule.every * (12 if rule.unit == "year" else 1)
    last = calendar.monthrange(day.year, day.month)[1]
    return apart % step == 0 and day.day == min(start.day, last)


def by_counting(rule, start, after):
    day = max(after + timedelta(days=1), start)
    for _ in range(366 * 14):
        if belongs(rule, start, day):
            return day
        day += timedelta(days=1)
    return None


@settings(max_examples=300, deadline=None)
@given(rule=RULES, start=DAYS, ahead=st.integers(-30, 900))
def test_the_next_day_is_what_counting_finds(rule, start, ahead):
    after = start + timedelta(days=ahead)
    assert next_on(rule, start, after) == by_counting(rule, start, after)


class TestDays:
    def test_the_31st_comes_back_after_a_short_month(self):
        rule = Rule(1, "month")
        days, day = [], date(2028, 1, 31)
        for _ in range(4):
            day = next_on(rule, date(2028, 1, 31), day)
            days.append(day)
        assert days == [date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30), date(2028, 5, 31)]

    def test_a_leap_day_comes_back_every_year_on_the_last_of_february(self):
        assert next_on(Rule(1, "year"), date(2028, 2, 29), date(2028, 2, 29)) == date(2029, 2, 28)
        assert next_on(Rule(4, "year"), date(2028, 2, 29), date(2028, 2, 29)) == date(2032, 2, 29)

    def test_nothing_comes_after_its_end(self):
        rule = Rule(1, "week", until=date(2026, 12, 1))
        assert next_on(rule, date(2026, 11, 24), date(2026, 11, 24)) == date(2026, 12, 1)
        assert next_on(rule, date(2026, 11, 24), date(2026, 12, 1)) is None


class TestRules:
    @pytest.mark.parametrize(
        "data",
        [
            {"every": 0, "unit": "day"}, {"every": True, "unit": "day"}, {"every": 1, "unit": "hour"},
            {"every": 1, "unit": "day", "weekdays": [1]}, {"every": 1, "unit": "week", "weekdays": [7]},
            {"every": 1, "unit": "week", "weekdays": "mo"}, {"every": 1, "unit": "day", "until": "soon"},
            {"every": 1, "unit": "day", "odd": 1}, {"every": 100, "unit": "day"},
        ],
    )  # fmt: skip
    def test_what_cannot_be_followed_is_refused(self, data):
        with pytest.raises(BadRule):
            recurrence.parse(data)

    def test_a_rule_survives_its_way_through_the_database(self):
        rule = Rule(2, "week", (0, 3), date(2027, 1, 1), working_days=True)
        assert recurrence.parse(rule.as_json()) == rule
        assert str(rule) == "Every 2 weeks on Mon, Thu until 01 Jan 2027"


@pytest.mark.django_db
class TestComesBack:
    def test_with_its_list_unticked_and_its_subject(self, make, rep, now):
        task = make(due_on=date(2026, 11, 24), recurs={"every": 1, "unit": "week"}, items=["One"])
        services.check(task.items.get(), by=rep, at=now)
        again = services.finish(task, by=rep, at=now)
        assert (again.due_on, again.owner, again.status) == (date(2026, 12, 1), rep, "open")
        assert again.items.get().done_at is None

    def test_once_even_if_it_is_reopened_and_done_again(self, make, rep, now):
        task = make(due_on=date(2026, 11, 24), recurs={"every": 1, "unit": "week"})
        assert services.finish(task, by=rep, at=now) is not None
        services.reopen(task, by=rep, at=now)
        assert services.finish(task, by=rep, at=now) is None
        assert Task.objects.filter(previous=task).count() == 1

    def test_a_forgotten_one_comes_back_once_and_not_in_the_past(self, make, rep, now):
        task = make(due_on=date(2026, 10, 5), recurs={"every": 1, "unit": "week"})
        assert services.finish(task, by=rep, at=now).due_on == date(2026, 11, 30)

    def test_moving_one_occurrence_moves_no_other(self, make, rep, now):
        task = make(due_on=date(2026, 11, 24), recurs={"every": 1, "unit": "week"})
        services.change(task, due_on=date(2026, 11, 27), by=rep, at=now)
        assert services.finish(task, by=rep, at=now).due_on == date(2026, 12, 1)

    def test_a_day_off_moves_to_the_next_working_day_but_the_series_stays(self, make, rep, now):
        rule = {"every": 1, "unit": "month", "working_days": True}
        task = make(due_on=date(2026, 11, 26), recurs=rule)  # 26 December is a Saturday
        again = services.finish(task, by=rep, at=now)
        assert (again.series_on, again.due_on) == (date(2026, 12, 26), date(2026, 12, 28))
        later = services.finish(again, by=rep, at=datetime(2026, 12, 28, 9, tzinfo=UTC))
        assert later.due_on == date(2027, 1, 26)

    def test_what_comes_back_needs_a_day(self, make):
        with pytest.raises(services.BadTask, match="needs a day"):
            make(recurs={"every": 1, "unit": "week"})

    def test_a_dropped_one_does_not_come_back(self, make, rep, now):
        task = make(due_on=date(2026, 11, 24), recurs={"every": 1, "unit": "week"})
        services.drop(task, reason="No longer wanted", by=rep, at=now)
        assert Task.objects.count() == 1
