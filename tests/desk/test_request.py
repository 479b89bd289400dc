"""One request from claim to done, by page and by API: who may do what, and what a refusal says."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from comms.models import Message
from desk import services
from desk.models import MOVES, IllegalMove, SalesRequest, Status
from journal.models import Entry
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


def other_desk(team):
    """Another coordinator, who is faster."""
    return factories.member(Role.COORDINATOR, team=team, name="Ines Faster")


class TestMoves:
    @pytest.mark.parametrize("here", Status)
    @pytest.mark.parametrize("to", Status)
    def test_walk_the_table(self, here, to):
        row = SalesRequest(pk=1, status=here)
        if to in MOVES[here]:
            row.move(to)
            assert row.status == to
        else:
            with pytest.raises(IllegalMove, match="R-1 is already"):
                row.move(to)

    def test_every_status_is_in_the_table(self):
        assert set(MOVES) == set(Status)


class TestClaim:
    def test_hands_the_request_over_and_writes_it_down(self, desk_page, asked, coordinator):
        row = asked()
        reply = desk_page.post(f"/requests/{row.pk}/claim/", follow=True)
        row.refresh_from_db()
        assert (row.status, row.holder, row.party_user) == ("claimed", coordinator, coordinator)
        assert f"{row.ref} is yours." in reply.content.decode()
        assert Entry.objects.filter(action="desk.request.claimed", subject_id=row.pk).count() == 1

    def test_gives_htmx_its_row_back(self, desk_page, asked, coordinator):
        row = asked()
        reply = desk_page.post(f"/requests/{row.pk}/claim/", headers={"HX-Request": "true"})
        text = reply.content.decode().strip()
        assert reply.status_code == 200
        assert text.startswith(f'<tr id="request-{row.pk}"')
        assert coordinator.name in text
        assert "data-act=claim" not in text

    def test_tells_the_slower_coordinator_in_the_row_itself(self, desk_page, asked, team, now):
        row = asked()
        services.claim(row, by=other_desk(team), at=now)
        reply = desk_page.post(f"/requests/{row.pk}/claim/", headers={"HX-Request": "true"})
        text = reply.content.decode().strip()
        assert reply.status_code == 409
        assert text.startswith(f'<tr id="request-{row.pk}"')
        assert f"Ines Faster has {row.ref} already." in text.split('role="alert"')[1]
        assert 'data-act="claim"' not in text

    def test_tells_the_slower_one_on_the_page_without_htmx(self, desk_page, asked, team, now):
        row = asked()
        services.claim(row, by=other_desk(team), at=now)
        reply = desk_page.post(f"/requests/{row.pk}/claim/")
        assert reply.status_code == 409
        assert f"Ines Faster has {row.ref} already." in reply.content.decode()

    def test_tells_the_slower_one_by_the_api(self, post, desk_api, asked, team, now):
        row = asked()
        services.claim(row, by=other_desk(team), at=now)
        reply = post(desk_api, row, "claim")
        assert reply.status_code == 409
        assert reply.json()["detail"] == f"Ines Faster has {row.ref} already."

    def test_of_many_names_those_that_somebody_else_has(self, desk_page, asked, team, now):
        free, taken = asked(), asked()
        services.claim(taken, by=other_desk(team), at=now)
        picks = {"act": "claim", "pick": [free.pk, taken.pk, "x", "9" * 30]}
        text = desk_page.post("/queue/bulk/", picks, follow=True).content.decode()
        assert "You have 1 more." in text
        assert f"Ines Faster has {taken.ref} already." in text

    def test_of_none_says_what_to_do(self, desk_page):
        text = desk_page.post("/queue/bulk/", {"act": "claim"}, follow=True).content.decode()
        assert "Tick the requests that you mean." in text

    def test_of_what_is_done_is_refused(self, post, desk_page, desk_api, claimed, coordinator, now):
        row = claimed()
        services.resolve(row, by=coordinator, at=now)
        assert desk_page.post(f"/requests/{row.pk}/claim/").status_code == 409
        assert post(desk_api, row, "claim").json()["detail"] == f"{row.ref} is done."


class TestRelease:
    def test_puts_it_back_for_anybody(self, post, desk_page, desk_api, claimed):
        row, other = claimed(), claimed()
        assert desk_page.post(f"/requests/{row.pk}/release/").status_code == 302
        assert post(desk_api, other, "release").json()["status"] == "new"
        row.refresh_from_db()
        assert (row.status, row.holder, row.party_user) == ("new", None, None)

    def test_of_what_nobody_has_is_refused(self, post, desk_page, desk_api, asked):
        row = asked()
        assert desk_page.post(f"/requests/{row.pk}/release/").status_code == 409
        assert post(desk_api, row, "release").status_code == 409


class TestAskingBack:
    @pytest.mark.parametrize("door", ["page", "api"])
    def test_it_is_the_reps_turn_until_the_rep_answers(
        self, post, door, desk_page, rep_page, desk_api, rep_api, claimed, rep, coordinator
    ):
        row = claimed()
        if door == "page":
            desk_page.post(
                f"/threads/for/desk.salesrequest/{row.pk}/", {"to": "ask", "body": "Which size?"}
            )
        else:
            assert post(desk_api, row, "ask", {"body": "Which size?"}).json()["party"] == "rep"
        row.refresh_from_db()
        assert (row.party, row.party_user, row.due_at) == ("rep", rep, None)
        assert row.first_response_at is not None
        text = rep_page.get(f"/requests/{row.pk}/").content.decode()
        assert "The desk asked you something" in text
        assert "Which size?" in text
        assert "Answer" in rep_page.get("/").content.decode()
        if door == "page":
            rep_page.post(
                f"/threads/for/desk.salesrequest/{row.pk}/", {"to": "requester", "body": "DN 50"}
            )
        else:
            assert post(rep_api, row, "answer", {"body": "DN 50"}).json()["party"] == "desk"
        row.refresh_from_db()
        assert (row.party, row.party_user) == ("desk", coordinator)
        assert row.due_at is not None
        assert "DN 50" in desk_page.get(f"/requests/{row.pk}/").content.decode()

    def test_only_the_one_who_asked_answers(
        self, post, desk_api, claimed, client_of, team, coordinator, now
    ):
        row = claimed()
        services.ask_requester(row, body="Which size?", by=coordinator, at=now)
        teammate = client_of(factories.member(Role.REP, team=team))
        words = {"to": "requester", "body": "DN 50"}
        teammate.post(f"/threads/for/desk.salesrequest/{row.pk}/", words)
        row.refresh_from_db()
        assert row.party == "rep"
        assert post(desk_api, row, "answer", {"body": "DN 50"}).status_code == 403

    def test_a_teammates_words_are_no_first_response(self, claimed, client_of, team):
        row = claimed()
        teammate = client_of(factories.member(Role.REP, team=team))
        words = {"to": "requester", "body": "I know this one"}
        assert teammate.post(f"/threads/for/desk.salesrequest/{row.pk}/", words).status_code == 302
        row.refresh_from_db()
        assert row.first_response_at is None

    def test_an_answer_to_what_is_done_is_refused_and_its_words_are_kept(
        self, post, rep_page, rep_api, claimed, coordinator, now
    ):
        row = claimed()
        services.resolve(row, by=coordinator, at=now)
        words = {"to": "requester", "body": "But it leaks"}
        reply = rep_page.post(f"/threads/for/desk.salesrequest/{row.pk}/", words)
        assert reply.status_code == 422
        assert "Reopen it first." in reply.content.decode()
        assert "But it leaks</textarea>" in reply.content.decode()
        assert post(rep_api, row, "answer", {"body": "But it leaks"}).status_code == 409
        assert not Message.objects.exists()


class TestDone:
    @pytest.mark.parametrize("door", ["page", "api"])
    def test_resolved_and_reopened(
        self, post, door, desk_page, rep_page, desk_api, rep_api, claimed
    ):
        row = claimed()
        if door == "page":
            desk_page.post(f"/requests/{row.pk}/resolve/")
            row.refresh_from_db()
            assert (row.status, row.outcome, row.due_at) == ("done", "resolved", None)
            rep_page.post(f"/requests/{row.pk}/reopen/", {"body": "It leaks"})
        else:
            told = post(desk_api, row, "resolve", {"body": "MS-28"}).json()
            assert (told["status"], told["outcome"]) == ("done", "resolved")
            post(rep_api, row, "reopen", {"body": "It leaks"})
        row.refresh_from_db()
        assert (row.status, row.outcome, row.reopened, row.resolved_at) == ("claimed", "", 1, None)
        assert row.due_at is not None
        assert row.first_resolved_at is not None
        assert "It leaks" in rep_page.get(f"/requests/{row.pk}/").content.decode()

    def test_withdrawn_by_who_asked(self, post, rep_page, rep_api, asked):
        one, two = asked(), asked()
        assert rep_page.post(f"/requests/{one.pk}/withdraw/").status_code == 302
        assert post(rep_api, two, "withdraw").json()["outcome"] == "withdrawn"
        one.refresh_from_db()
        assert (one.status, one.outcome) == ("done", "withdrawn")
        assert rep_page.post(f"/requests/{one.pk}/withdraw/").status_code == 409
        assert post(rep_api, two, "withdraw").status_code == 409

    def test_withdrawing_calls_off_what_departments_were_asked(
        self, rep_page, asked, logistics, coordinator, now
    ):
        row = asked()
        ask = services.ask_department(logistics, ask="Look", by=coordinator, at=now, request=row)
        rep_page.post(f"/requests/{row.pk}/withdraw/")
        ask.refresh_from_db()
        assert ask.status == "withdrawn"

    def test_a_duplicate_points_at_the_first(self, post, desk_page, desk_api, claimed):
        first, second, third = claimed(), claimed(), claimed()
        assert (
            desk_page.post(f"/requests/{second.pk}/duplicate/", {"of": first.pk}).status_code == 302
        )
        told = post(desk_api, third, "duplicate", {"of": second.pk}).json()
        assert told["outcome"] == "duplicate"
        for row in (second, third):
            row.refresh_from_db()
            assert row.duplicate_of == first
        text = desk_page.get(f"/requests/{third.pk}/").content.decode()
        assert f'Duplicate of <a href="/requests/{first.pk}/">{first.ref}</a>' in text

    def test_there_is_no_ring_of_duplicates(
        self, post, desk_page, desk_api, claimed, coordinator, now
    ):
        first, second, third = claimed(), claimed(), claimed()
        services.mark_duplicate(second, of=first, by=coordinator, at=now)
        services.mark_duplicate(third, of=second, by=coordinator, at=now)
        for other in (first, second, third):
            reply = desk_page.post(f"/requests/{first.pk}/duplicate/", {"of": other.pk})
            assert reply.status_code == 409
            assert "cannot be a duplicate of itself" in reply.content.decode()
        assert post(desk_api, first, "duplicate", {"of": third.pk}).status_code == 409

    def test_nothing_is_resolved_while_a_department_has_to_answer(
        self, post, desk_page, desk_api, claimed, logistics, coordinator, now
    ):
        row = claimed()
        services.ask_department(logistics, ask="Is it in?", by=coordinator, at=now, request=row)
        reply = desk_page.post(f"/requests/{row.pk}/resolve/")
        assert reply.status_code == 409
        assert "Logistics has not answered “Is it in?” yet." in reply.content.decode()
        assert post(desk_api, row, "resolve").status_code == 409

    @pytest.mark.parametrize(
        ("verb", "body"),
        [("ask", {"body": "?"}), ("resolve", {}), ("withdraw", {}), ("duplicate", {"of": 0})],
    )
    def test_what_is_done_stays_done_until_it_is_reopened(
        self, post, desk_api, claimed, coordinator, now, verb, body
    ):
        row, other = claimed(), claimed()
        services.resolve(row, by=coordinator, at=now)
        body = {"of": other.pk} if "of" in body else body
        reply = post(desk_api, row, verb, body)
        assert (reply.status_code, reply.json()["type"]) == (409, "conflict")

    def test_what_is_open_cannot_be_reopened(self, post, rep_page, rep_api, asked):
        row = asked()
        reply = rep_page.post(f"/requests/{row.pk}/reopen/", {"body": "Again"})
        assert reply.status_code == 409
        assert f"{row.ref} is open." in reply.content.decode()
        assert "Again" in reply.content.decode()
        assert post(rep_api, row, "reopen").status_code == 409


class TestThePage:
    def test_shows_the_custody_bar_and_its_shares(self, desk_page, rep, coordinator, claimed, now):
        row = claimed()
        services.ask_requester(row, body="?", by=coordinator, at=now + timedelta(hours=1))
        services.answer(row, body="!", by=rep, at=now + timedelta(hours=3))
        services.resolve(row, by=coordinator, at=now + timedelta(hours=4))
        context = desk_page.get(f"/requests/{row.pk}/").context
        assert context["total"] == 4 * 3600
        assert [(s.party, s.seconds) for s in context["spans"] if s.seconds] == [
            ("desk", 3600), ("rep", 7200), ("desk", 3600),
        ]  # fmt: skip

    def test_the_api_tells_the_same_spans(self, desk_api, claimed, coordinator, now):
        row = claimed()
        services.resolve(row, by=coordinator, at=now + timedelta(hours=4))
        spans = desk_api.get(f"/api/requests/{row.pk}/custody/").json()
        assert sum(s["seconds"] for s in spans) == 4 * 3600

    def test_costs_the_same_however_much_was_said(self, desk_page, claimed, coordinator, now):
        row = claimed()

        def life(n):
            for i in range(n):
                at = now + timedelta(minutes=i)
                services.note(row, body=f"Note {i}", by=coordinator, at=at)
                services.give_custody(row, "logistics", by=coordinator, at=at)
                services.give_custody(row, "desk", by=coordinator, at=at)

        life(2)
        desk_page.get(f"/requests/{row.pk}/")
        with CaptureQueriesContext(connection) as few:
            desk_page.get(f"/requests/{row.pk}/")
        life(20)
        with CaptureQueriesContext(connection) as many:
            desk_page.get(f"/requests/{row.pk}/")
        assert len(many) == len(few) <= 32
