"""Two real logs, imported by the shipped maps: their figures, and custody without a gap."""

import gzip
from collections import Counter
from datetime import timedelta
from itertools import groupby, pairwise

import pytest
from django.core.management import call_command
from django.db.models import Avg, F

from desk.models import CustodySpan, SalesRequest
from imports import services
from imports.kinds import KINDS
from journal.models import Entry
from kit.business_time import whole_seconds
from people import calendars

RECEIPT, HELPDESK = "process_logs/receipt.csv.gz", "helpdesk_log/helpdesk.csv.gz"


@pytest.fixture
def take(types, real_data):
    """`take(path)`: a log imported by the map that it is recognised by."""

    def run(path):
        call_command("import_table", "request-log", real_data / path)
        return {
            pk: list(spans)
            for pk, spans in groupby(
                CustodySpan.objects.filter(request__source="import").order_by(
                    "request_id", "started_at", "pk"
                ),
                key=lambda span: span.request_id,
            )
        }

    return run


def wrong_with(row, spans, time):
    """What is not right about the custody of a case that is over; empty when nothing is."""
    found = []
    if spans[0].started_at != row.submitted_at or spans[-1].ended_at != row.closed_at:
        found.append("begins or ends elsewhere")
    for one, next_one in pairwise(spans):
        if one.ended_at < next_one.started_at:
            found.append("gap")
        if one.ended_at > next_one.started_at:
            found.append("overlap")
    if sum(s.calendar_seconds for s in spans) != whole_seconds(row.submitted_at, row.closed_at):
        found.append("calendar seconds")
    start, end = (at.replace(microsecond=0) for at in (row.submitted_at, row.closed_at))
    if sum(s.business_seconds for s in spans) != time.seconds_between(start, end):
        found.append("business seconds")
    return found


@pytest.mark.parametrize(("path", "cases"), [(RECEIPT, 1434), (HELPDESK, 4580)])
def test_every_second_of_every_case_belongs_to_exactly_one_party(take, team, path, cases):
    spans, time = take(path), calendars.for_team(team)
    rows = SalesRequest.objects.filter(source="import")
    wrong = Counter(words for row in rows for words in wrong_with(row, spans[row.pk], time))
    assert (len(rows), dict(wrong)) == (cases, {})


class TestReceipt:
    def test_is_recognised_by_its_own_columns(self, real_data):
        raw = services.guessed(KINDS["request-log"], real_data / RECEIPT)
        assert raw["about"].startswith("The receipt log")
        other = real_data / "process_logs" / "running-example.csv"
        assert "about" not in services.guessed(KINDS["request-log"], other)

    def test_cases_events_people_and_durations_equal_the_reference(self, take):
        take(RECEIPT)
        rows = SalesRequest.objects.filter(source="import")
        assert rows.count() == 1434
        assert set(rows.values_list("status", "outcome")) == {("done", "resolved")}
        logs = Entry.objects.filter(action="desk.request.imported")
        events = list(logs.values_list("data__events", flat=True))
        assert sum(map(len, events)) == 8577
        assert len({resource for log in events for _, _, resource in log}) == 48
        mean = rows.aggregate(mean=Avg(F("closed_at") - F("submitted_at")))["mean"]
        assert round(mean / timedelta(hours=1), 3) == 129.796

    def test_answered_is_when_the_confirmation_was_first_sent(self, take, real_data):
        take(RECEIPT)
        with gzip.open(real_data / RECEIPT, "rt") as file:
            sent = {line.split(",")[1] for line in file if ",T05 Print and send" in line}
        answered = SalesRequest.objects.exclude(first_response_at=None)
        assert set(answered.values_list("external_id", flat=True)) == sent

    def test_a_second_time_changes_nothing(self, take):
        take(RECEIPT)
        before = Entry.objects.exclude(action="imports.run.done").count()
        take(RECEIPT)
        assert Entry.objects.exclude(action="imports.run.done").count() == before


class TestTheCheckItself:
    """The negative controls: one span of one case is broken, and the check says how."""

    @pytest.fixture
    def case(self, take, team):
        spans = take(RECEIPT)
        pk = next(pk for pk, own in spans.items() if len(own) > 2)
        return SalesRequest.objects.get(pk=pk), spans[pk], calendars.for_team(team)

    def test_a_gap_an_overlap_and_a_second_too_many_are_seen(self, case):
        row, spans, time = case
        second = spans[1]
        assert wrong_with(row, spans, time) == []
        end = second.ended_at
        second.ended_at = end - timedelta(microseconds=1)
        assert wrong_with(row, spans, time) == ["gap"]
        second.ended_at = end + timedelta(microseconds=1)
        assert wrong_with(row, spans, time) == ["overlap"]
        second.ended_at = end
        second.calendar_seconds += 1
        assert wrong_with(row, spans, time) == ["calendar seconds"]

    def test_rounding_each_span_by_itself_would_not_add_up(self, take):
        """Why seconds are counted from whole second to whole second."""
        off = 0
        for row, own in zip(
            SalesRequest.objects.filter(source="import").order_by("pk"),
            take(RECEIPT).values(), strict=True,
        ):  # fmt: skip
            rounded = sum(round((s.ended_at - s.started_at).total_seconds()) for s in own)
            off += rounded != round((row.closed_at - row.submitted_at).total_seconds())
        assert off > 100
