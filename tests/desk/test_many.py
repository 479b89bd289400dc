"""Steps on many requests: each counts as the single step would, and what cannot be is named."""

from datetime import timedelta

import pytest

from desk import services
from desk.models import BulkRun, CustodySpan, SalesRequest
from desk.services import keeping, many
from journal.models import Entry
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(team):
    return factories.member(Role.COORDINATOR, name="Bea", team=team)


def facts(row):
    """All that a step changes, without keys and versions."""
    row.refresh_from_db()
    spans = row.custody.order_by("started_at", "pk").values_list(
        "party", "user", "started_at", "ended_at", "calendar_seconds", "business_seconds"
    )
    return (row.status, row.outcome, row.holder_id, row.party, row.party_user_id, row.due_at,
            row.left_seconds, row.priority, row.first_response_at, row.resolved_at,
            [span for span in spans if span[3] != span[2]])  # fmt: skip


class TestSameAsOne:
    """The set-based step against the single one."""

    def test_claiming(self, asked, coordinator, now):
        one, bulk = asked(), asked()
        at = now + timedelta(minutes=7)
        services.claim(one, by=coordinator, at=at)
        assert many.hand_to({bulk.pk: (coordinator, "")}, by=coordinator, at=at) == (1, [])
        assert facts(one) == facts(bulk)

    def test_prioritising(self, claimed, coordinator, now):
        one, bulk = claimed(), claimed()
        at = now + timedelta(minutes=40)
        services.set_priority(one, priority=1, by=coordinator, at=at)
        assert many.prioritise([bulk.pk], priority=1, by=coordinator, at=at) == (1, [])
        assert facts(one) == facts(bulk)

    def test_resolving(self, claimed, coordinator, now):
        one, bulk = claimed(), claimed()
        at = now + timedelta(hours=2)
        services.resolve(one, by=coordinator, at=at)
        assert many.resolve_all([bulk.pk], by=coordinator, at=at) == (1, [])
        assert facts(one) == facts(bulk)
        actions = [
            set(Entry.objects.about(row).values_list("action", flat=True)) for row in (one, bulk)
        ]
        assert actions[0] == actions[1]

    def test_a_request_in_other_hands_keeps_its_turn(self, claimed, coordinator, other, now):
        row = claimed()
        services.ask_requester(row, body="?", by=coordinator, at=now)
        many.hand_to({row.pk: (other, "")}, by=coordinator, at=now)
        row.refresh_from_db()
        assert (row.holder, row.party) == (other, "rep")
        assert CustodySpan.objects.filter(request=row, ended_at=None).count() == 1


class TestRefused:
    def test_what_somebody_else_has_is_named(self, asked, other, coordinator, now):
        free, taken = asked(), asked()
        services.claim(taken, by=other, at=now)
        whom = dict.fromkeys([free.pk, taken.pk], (coordinator, ""))
        changed, refused = many.hand_to(whom, by=coordinator, at=now, only_new=True)
        assert changed == 1
        assert refused == [(taken.pk, f"Bea has {taken.ref} already.")]

    def test_what_a_department_holds_up_is_named(self, claimed, logistics, coordinator, now):
        row = claimed()
        services.ask_department(logistics, ask="Is it in?", by=coordinator, at=now, request=row)
        changed, refused = many.resolve_all([row.pk], by=coordinator, at=now)
        assert changed == 0
        assert "has not finished" in refused[0][1]


class TestFromTheQueue:
    def test_assigns_what_is_ticked(self, asked, other, desk_page):
        rows = [asked(), asked()]
        data = {"act": "assign", "to": other.pk, "pick": [r.pk for r in rows], "here": "view=mine"}
        reply = desk_page.post("/queue/bulk/", data)
        assert reply["Location"] == "/queue/?view=mine"
        assert set(SalesRequest.objects.values_list("holder__name", flat=True)) == {"Bea"}

    def test_tags_are_small_letters_and_said_once(self, asked, desk_page):
        row = asked()
        for _ in range(2):
            data = {"act": "tag", "tag": "Rush,  Pumps , rush", "pick": [row.pk]}
            desk_page.post("/queue/bulk/", data)
        row.refresh_from_db()
        assert row.tags == ["rush", "pumps"]
        assert Entry.objects.filter(action="desk.request.tagged").count() == 1
        assert f"R-{row.pk}" in desk_page.get("/queue/?tag=rush").content.decode()

    def test_merges_into_the_oldest(self, asked, desk_page):
        first, second = asked(), asked()
        desk_page.post("/queue/bulk/", {"act": "merge", "pick": [second.pk, first.pk]})
        second.refresh_from_db()
        assert second.duplicate_of == first

    def test_all_that_fit_the_view_not_only_the_page(self, asked, desk_page):
        [asked() for _ in range(55)]
        valve = asked(subject="Valve")
        data = {"act": "priority", "priority": 2, "all": "1", "here": "q=valve", "pick": [valve.pk]}
        desk_page.post("/queue/bulk/", data)
        assert list(SalesRequest.objects.filter(priority=2)) == [valve]

    def test_nothing_chosen_is_said(self, asked, desk_page):
        reply = desk_page.post("/queue/bulk/", {"act": "assign", "pick": [asked().pk]}, follow=True)
        assert "Choose first what to set" in reply.content.decode()

    def test_reps_may_not(self, asked, rep_page):
        assert rep_page.post("/queue/bulk/", {"act": "claim"}).status_code == 403


class TestInTheBackground:
    def test_a_long_run_shows_how_far_it_is(self, asked, coordinator, desk_page, now, monkeypatch):
        monkeypatch.setattr(keeping, "CHUNK", 2)
        keys = [asked().pk for _ in range(5)]
        run = keeping.ask_many("claim", keys, args={}, by=coordinator, at=now)
        assert "Waiting" in desk_page.get(f"/queue/bulk/{run.pk}/").content.decode()
        keeping.work_off(run.pk, at=now)
        run.refresh_from_db()
        assert (run.status, run.changed, run.position) == ("done", 5, 5)
        assert "5 changed" in desk_page.get(f"/queue/bulk/{run.pk}/").content.decode()

    def test_one_that_stopped_goes_on_where_it_was(self, asked, coordinator, now, monkeypatch):
        monkeypatch.setattr(keeping, "CHUNK", 2)
        keys = [asked().pk for _ in range(4)]
        run = keeping.ask_many("tag", keys, args={"add": ["x"]}, by=coordinator, at=now)
        BulkRun.objects.filter(pk=run.pk).update(position=2, status="running")
        assert keeping.work_off_all(at=now) == 1
        assert SalesRequest.objects.filter(tags__contains=["x"]).count() == 2

    def test_somebody_elses_run_is_not_shown(self, asked, other, client_of, coordinator, now):
        run = keeping.ask_many("claim", [asked().pk], args={}, by=coordinator, at=now)
        assert client_of(other).get(f"/queue/bulk/{run.pk}/").status_code == 404

    def test_too_many_are_refused(self, coordinator, now):
        with pytest.raises(services.requests.IllegalMove, match="at most 5,000"):
            keeping.ask_many("claim", range(5_001), args={}, by=coordinator, at=now)
