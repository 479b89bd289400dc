"""Who gets what: in turn by load, skill, presence and absence, with the reason on the request."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from desk import services
from desk.models import Assignment, CustodySpan, IllegalMove, SalesRequest, Worker
from desk.services import assignment
from people.models import Absence, Role, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(team):
    return Assignment.objects.create(team=team, mode="round", capacity=3)


@pytest.fixture
def two(team):
    return [factories.member(Role.COORDINATOR, name=name, team=team) for name in ("Ann", "Bea")]


class TestInTurn:
    def test_the_least_loaded_gets_it_and_reads_why(self, rule, two, asked, now):
        first, second, third = asked(), asked(), asked()
        assert [r.holder.name for r in (first, second)] == ["Ann", "Bea"]
        assert third.holder.name == "Ann"
        assert first.assigned_why == "Assigned to you because you had the least to do (0 of 3)."
        assert first.status == "claimed"

    def test_the_page_says_why(self, rule, coordinator, asked, desk_page):
        row = asked()
        assert "you had the least to do" in desk_page.get(f"/requests/{row.pk}/").content.decode()

    def test_who_knows_the_account_goes_first(self, rule, two, asked, account, now):
        asked()
        known = asked(account=account)
        again = asked(account=account)
        assert known.holder.name == "Bea"
        assert again.holder.name == "Bea"
        assert again.assigned_why == "Assigned to you because you know this account."

    def test_a_full_desk_leaves_it_in_the_queue(self, rule, two, asked):
        rows = [asked() for _ in range(7)]
        assert [row.status for row in rows] == ["claimed"] * 6 + ["new"]

    def test_only_skilled_people_get_a_type(self, rule, two, asked, kinds, account):
        Worker.objects.create(user=two[0]).skills.add(kinds["order"])
        assert asked().holder.name == "Bea"
        assert asked().holder.name == "Bea"

    def test_who_takes_nothing_or_is_away_gets_nothing(self, rule, two, asked, now):
        Worker.objects.create(user=two[0], takes=False)
        Absence.objects.create(user=two[1], starts_at=now, ends_at=now + timedelta(days=1))
        assert asked().status == "new"

    def test_only_who_is_here_if_the_team_wants_it_so(self, rule, two, asked, now):
        Assignment.objects.update(only_present=True)
        assert asked().status == "new"
        User.objects.filter(pk=two[1].pk).update(last_seen_at=now - timedelta(minutes=5))
        assert asked().holder.name == "Bea"

    def test_a_team_that_takes_by_itself_is_left_alone(self, two, asked, team):
        Assignment.objects.create(team=team, mode="pull")
        assert asked().status == "new"

    def test_custody_is_gapless_from_the_first_second(self, rule, two, asked):
        row = asked()
        spans = list(row.custody.order_by("started_at", "pk"))
        assert spans[-1].user == row.holder
        assert spans[0].ended_at == spans[-1].started_at == row.submitted_at


class TestWaiting:
    def test_what_waits_is_dealt_most_urgent_first(self, two, asked, team, now):
        rows = [asked(priority=p) for p in (4, 3, 2, 1)]
        Assignment.objects.create(team=team, mode="round", capacity=1)
        assert assignment.place_waiting(team, at=now) == 2
        held = set(SalesRequest.objects.filter(status="claimed").values_list("pk", flat=True))
        assert held == {rows[3].pk, rows[2].pk}

    def test_again_when_nobody_is_free_changes_nothing(self, rule, two, asked, team, now):
        [asked() for _ in range(8)]
        assert assignment.place_waiting(team, at=now) == 0


class TestByHand:
    def test_a_colleague_is_given_it_with_the_reason(self, asked, two, coordinator, desk_page, now):
        row = asked()
        desk_page.post(f"/requests/{row.pk}/assign/", {"to": two[0].pk, "why": "You were there."})
        row.refresh_from_db()
        assert (row.holder, row.assigned_why) == (two[0], "You were there.")

    def test_not_to_somebody_who_does_not_work_the_queue(self, asked, rep, coordinator, now):
        with pytest.raises(IllegalMove, match="does not work the queue"):
            services.assign(asked(), rep, by=coordinator, at=now)


class TestCover:
    def test_a_backup_takes_over_and_reads_until_when(self, two, asked, now):
        row = asked()
        services.claim(row, by=two[0], at=now)
        Absence.objects.create(
            user=two[0], starts_at=now, ends_at=now + timedelta(days=2), backup=two[1]
        )
        later = now + timedelta(minutes=1)
        assert assignment.cover(at=later) == 1
        assert assignment.cover(at=later) == 0
        row.refresh_from_db()
        assert row.holder == two[1]
        assert row.assigned_why == "You cover for Ann until 26 Nov."


@pytest.mark.django_db(transaction=True)
class TestRace:
    def test_many_at_once_are_dealt_evenly(self, rule, two, kinds, rep, now):
        """The lock on the team's rule is what makes it even; the control is `choose` itself, which
        without a fresh look gives all to the same."""
        Assignment.objects.update(capacity=40)

        def ask():
            try:
                services.submit(
                    kinds["question"], subject="Q", account=None, requester=rep, by=rep, at=now,
                    data={"question": "?"}, priority=3, wanted_on=None,
                )  # fmt: skip
            finally:
                connection.close()

        threads = [threading.Thread(target=ask) for _ in range(12)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        loads = [SalesRequest.objects.filter(holder=user).count() for user in two]
        assert loads == [6, 6]
        assert CustodySpan.objects.filter(ended_at=None).count() == 12

    def test_control_without_a_fresh_look_all_go_to_one(self, rule, two, kinds, now, team):
        given = [
            assignment.choose(
                assignment.hands(team, now, rule), kinds["question"].pk, None, at=now
            )[0].user.name
            for _ in range(4)
        ]
        assert given == ["Ann"] * 4
