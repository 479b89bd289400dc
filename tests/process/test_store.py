"""Writing event logs: order, waits on both clocks, replaying, counting, taking away."""

from datetime import timedelta

import pytest

from journal.models import Entry
from process.models import Activity, Case, EventLog, Step, Variant
from process.services import store
from tests import factories
from tests.process.conftest import T0, event

pytestmark = pytest.mark.django_db


def cases(**paths):
    return [
        store.CaseEvents(key, [event(s, i) for i, s in enumerate(steps)])
        for key, steps in paths.items()
    ]


def write(log, found, now):
    return store.write(log, found, at=now, clock=lambda _: None)


class TestWriting:
    def test_counts_and_says_what_follows_what(self, make_log):
        log = make_log({"one": "ABC", "two": "AB"})
        assert (log.cases, log.events) == (2, 5)
        steps = Step.objects.filter(case__key="one").order_by("place")
        assert [(s.activity.name, s.next_activity and s.next_activity.name, s.wait) for s in steps] == [
            ("A", "B", 3600), ("B", "C", 3600), ("C", None, None),
        ]  # fmt: skip

    def test_sorts_by_time_and_keeps_the_order_of_equal_times(self, make_log):
        make_log({"one": [("late", 2), ("x", 1), ("y", 1), ("z", 1)]})
        assert [s.activity.name for s in Step.objects.order_by("place")] == ["x", "y", "z", "late"]

    def test_notes_rework_and_shares_variants(self, make_log):
        make_log({"one": "ABA", "two": "ABA", "three": "AB"})
        assert Variant.objects.count() == 2
        assert Case.objects.filter(rework=True).count() == 2

    def test_counts_business_time_by_the_calendar_of_the_log(self, make_log):
        calendar = factories.CalendarFactory(zone="UTC")
        make_log({"one": [("A", 0), ("B", 24), ("C", 25)]}, calendar=calendar)
        waits = Step.objects.order_by("place").values_list("wait", "business_wait")
        assert list(waits)[:2] == [(86400, 8 * 3600), (3600, 3600)]
        case = Case.objects.get()
        assert (case.seconds, case.business_seconds) == (25 * 3600, 9 * 3600)

    def test_without_a_calendar_all_hours_count(self, make_log):
        make_log({"one": [("A", 0), ("B", 24)]})
        assert Case.objects.get().business_seconds == 86400

    def test_leaves_cases_without_events_out_and_names_what_has_no_name(self, make_log):
        log = make_log({"empty": "", "one": [("  ", 0), ("x\x00y" + "z" * 400, 1)]})
        assert log.cases == 1
        names = sorted(Activity.objects.values_list("name", flat=True))
        assert names[0] == "(no name)"
        assert len(names[1]) == 200


class TestWritingAgain:
    def test_changes_nothing_where_nothing_changed(self, make_log, now):
        log = make_log({"one": "ABC"})
        version, before = log.version, list(Step.objects.values())
        written = write(log, cases(one="ABC"), now + timedelta(days=1))
        log.refresh_from_db()
        assert (written.cases, written.unchanged, log.version) == (0, 1, version)
        assert list(Step.objects.values()) == before

    def test_replaces_a_case_that_went_on_and_keeps_its_number(self, make_log, now):
        log = make_log({"one": "AB", "two": "AB"})
        pk, version = Case.objects.get(key="one").pk, log.version
        write(log, cases(one="ABC"), now)
        log.refresh_from_db()
        assert (log.cases, log.events, log.version) == (2, 5, version + 1)
        assert Case.objects.get(key="one").pk == pk
        assert log.events == Step.objects.count()

    def test_the_last_of_a_key_counts(self, make_log, now):
        log = make_log({})
        write(log, [*cases(one="AB"), *cases(one="ABC")], now)
        assert (log.cases, log.events) == (1, 3)

    def test_goes_on_over_chunks(self, make_log, now, monkeypatch):
        monkeypatch.setattr(store, "CHUNK", 3)
        log = make_log({str(i): "AB" if i % 2 else "ABA" for i in range(10)})
        assert (log.cases, log.events, Variant.objects.count()) == (10, 25, 2)

    def test_forgets_cases(self, make_log, now):
        log = make_log({"one": "AB", "two": "AB"})
        store.forget(log, [Case.objects.get(key="one").pk], at=now)
        log.refresh_from_db()
        assert (log.cases, log.events, Step.objects.count()) == (1, 2, 2)


class TestLogs:
    def test_have_a_name_of_their_own(self, make_log, now):
        make_log({}, name="Same")
        with pytest.raises(store.NameTaken, match="already"):
            store.make_log(name="Same", by=None, at=now)

    def test_are_written_down(self, make_log, manager, now):
        log = make_log({"one": "AB"})
        entry = Entry.objects.get(action="process.eventlog.filled")
        assert (entry.subject_id, entry.data) == (log.pk, {"cases": 1, "events": 2})

    def test_go_away_with_all_they_hold(self, make_log, now):
        other = make_log({"one": "AB"}, name="Other")
        store.remove(make_log({"one": "ABC"}), by=None, at=now)
        assert list(EventLog.objects.all()) == [other]
        assert (Case.objects.count(), Step.objects.count(), Activity.objects.count()) == (1, 2, 2)


def test_t0_is_a_monday():
    assert T0.weekday() == 0
