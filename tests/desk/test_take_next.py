"""Sixteen people take what is next at the same moment: sixteen different requests."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from desk import services
from desk.models import IllegalMove, SalesRequest
from journal.models import Entry

RACERS = 16
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def race(work):
    """Run `work(n)` in sixteen threads with a connection each, started together."""
    gate = threading.Barrier(RACERS)

    def run(n):
        try:
            connection.ensure_connection()
            gate.wait()
            return work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(run, range(RACERS)))


@pytest.mark.django_db(transaction=True)
class TestSixteenAtOnce:
    def test_get_sixteen_different_requests(self, asked, coordinator):
        for n in range(RACERS + 4):
            asked(at=NOW + timedelta(minutes=n))

        def work(_):
            return services.take_next(by=coordinator, at=NOW + timedelta(hours=1)).pk

        taken = race(work)
        assert len(set(taken)) == RACERS
        assert set(SalesRequest.objects.filter(status="claimed").values_list("pk", flat=True)) == (
            set(taken)
        )
        assert Entry.objects.filter(action="desk.request.claimed").count() == RACERS

    def test_the_last_ones_are_told_that_nothing_waits(self, asked, coordinator):
        for _ in range(5):
            asked()
        taken = race(lambda _: services.take_next(by=coordinator, at=NOW))
        assert len({row.pk for row in taken if row}) == 5
        assert taken.count(None) == RACERS - 5

    def test_one_claim_of_the_same_request_wins(self, asked, coordinator):
        row = asked()

        def work(_):
            try:
                services.claim(SalesRequest.objects.get(pk=row.pk), by=coordinator, at=NOW)
            except IllegalMove:
                return 0
            return 1

        assert sum(race(work)) == 1
        assert row.custody.count() == 2

    def test_an_answer_and_a_withdrawal_do_not_wait_for_each_other(
        self, asked, logistics, coordinator, rep
    ):
        """Both touch the request and its hand-off: in the same order, or the database breaks one."""
        rows = [asked() for _ in range(RACERS // 2)]
        asks = [
            services.ask_department(logistics, ask="?", by=coordinator, at=NOW, request=row)
            for row in rows
        ]

        def work(n):
            row, ask = rows[n // 2], asks[n // 2]
            try:
                if n % 2:
                    row = SalesRequest.objects.get(pk=row.pk)
                    services.withdraw(row, by=rep, at=NOW)
                else:
                    services.reject_handoff(ask, reason="No", by=coordinator, at=NOW)
            except IllegalMove:
                return "told"
            return "done"

        assert set(race(work)) <= {"told", "done"}
        for row in SalesRequest.objects.all():
            assert row.outcome == "withdrawn"
            assert not row.handoffs.waited_for().exists()
            assert not row.custody.filter(ended_at=None).exists()

    def test_without_the_lock_two_get_the_same(self, asked, coordinator):
        """The negative control: look, then take, as one would do it naively."""
        for _ in range(RACERS):
            asked()
        looked = threading.Barrier(RACERS)

        def naive(_):
            row = SalesRequest.objects.waiting().order_by("priority", "due_at", "pk").first()
            looked.wait()
            SalesRequest.objects.filter(pk=row.pk).update(status="claimed", holder=coordinator)
            return row.pk

        taken = race(naive)
        assert len(set(taken)) < RACERS


class TestTakeNext:
    def test_is_the_most_urgent_then_the_soonest_due(self, asked, coordinator, now):
        late = asked(at=now)
        sooner = asked(at=now - timedelta(hours=1))
        urgent = asked(priority=1, at=now)
        taken = [services.take_next(by=coordinator, at=now) for _ in range(4)]
        assert taken == [urgent, sooner, late, None]

    def test_by_page_and_by_api(self, asked, coordinator, client_of, api_of):
        first, second = asked(), asked()
        reply = client_of(coordinator).post("/queue/take-next/")
        assert reply["Location"] == f"/requests/{first.pk}/"
        api = api_of(coordinator)
        taken = api.post("/api/requests/take-next/", {}, format="json").json()
        assert (taken["id"], taken["holder"]) == (second.pk, coordinator.pk)
        nothing = api.post("/api/requests/take-next/", {}, format="json")
        assert (nothing.status_code, nothing.json()["type"]) == (409, "empty")
        page = client_of(coordinator).post("/queue/take-next/", follow=True)
        assert "Nothing waits to be taken." in page.content.decode()

    def test_is_not_for_reps(self, asked, rep, client_of, api_of):
        asked()
        assert client_of(rep).post("/queue/take-next/").status_code == 403
        assert api_of(rep).post("/api/requests/take-next/", {}).status_code == 403
