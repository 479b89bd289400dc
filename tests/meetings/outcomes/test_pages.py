"""The form about one meeting, the list of those that wait, and the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from comms import services as comms
from meetings import services
from meetings.models import Meeting
from people.models import Role
from tasks.models import Task
from tests import factories


@pytest.fixture
def typed(coordinator):
    return {
        "outcome": "held", "minutes_late": "4", "minutes_long": "30", "note": "Good", "notes": "**Inside**",
        "summary": "- Two pumps", "follow_up_days": "2", "step-TOTAL_FORMS": "3", "step-INITIAL_FORMS": "0",
        "step-0-what": "Send the drawing", "step-0-who": str(coordinator.pk), "step-0-due_on": "2030-01-07",
        "step-1-what": "", "step-2-what": "", "idempotency_key": "o-1",
    }  # fmt: skip


class TestForm:
    def test_the_host_says_it_all_in_one_form(self, client_of, rep, over, typed):
        client, url = client_of(rep), f"/meetings/{over.pk}/outcome/"
        assert client.post(url, typed).status_code == 302
        assert client.post(url, typed).status_code == 302  # a double submit
        over.refresh_from_db()
        assert over.started_at - over.starts_at == timedelta(minutes=4)
        assert over.ended_at - over.started_at == timedelta(minutes=30)
        assert Task.objects.get().title == "Send the drawing"
        page = client.get(url).content.decode()
        for words in ("<strong>Inside</strong>", "Two pumps", "Send the drawing", rep.name):
            assert words in page

    def test_what_was_typed_stays_when_something_is_wrong(self, client_of, rep, over, typed):
        wrong = typed | {"minutes_late": "9999", "step-1-due_on": "2030-01-07", "notes": "Kept"}
        reply = client_of(rep).post(f"/meetings/{over.pk}/outcome/", wrong)
        page = reply.content.decode()
        assert reply.status_code == 422
        for words in ("Kept", "Send the drawing", "Say what is to be done.", "9999"):
            assert words in page
        over.refresh_from_db()
        assert over.outcome == "unknown"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"outcome": ""},
            {"outcome": "rescheduled"},
            {"outcome": "guest_no_show"},  # with minutes
            {"note": "x" * 301},
            {"notes": "x" * 100_000},
            {"notes": "\0"},
            {"step-TOTAL_FORMS": "9999"},
            {"step-TOTAL_FORMS": "many"},
            {"step-0-who": "99999999999999999999"},
            {"step-0-due_on": "0001-13-01"},
            {"follow_up_days": "0"},
        ],
    )
    def test_bad_input_is_422(self, client_of, rep, over, typed, wrong):
        reply = client_of(rep).post(f"/meetings/{over.pk}/outcome/", typed | wrong)
        assert reply.status_code == 422

    def test_the_slower_one_is_told(self, client_of, rep, coordinator, over, typed):
        services.confirm_outcome(over, outcome="held", by=coordinator, at=timezone.now())
        reply = client_of(rep).post(f"/meetings/{over.pk}/outcome/", typed)
        assert reply.status_code == 409
        assert "This meeting is over." in reply.content.decode()

    def test_a_rep_who_only_sees_it_may_not_say(self, client_of, team, over):
        other = factories.member(Role.REP, team=team)
        client = client_of(other)
        assert client.post(f"/meetings/{over.pk}/outcome/", {"outcome": "held"}).status_code == 403
        assert client.post(f"/meetings/{over.pk}/answer/", {"answer": "held"}).status_code == 403
        assert (
            "Nobody has said so yet" in client.get(f"/meetings/{over.pk}/outcome/").content.decode()
        )

    def test_notes_are_added_after_one_click(self, client_of, rep, over, typed):
        client, url = client_of(rep), f"/meetings/{over.pk}/report/"
        assert client.post(url, typed).status_code == 409
        client.post(f"/meetings/{over.pk}/answer/", {"answer": "held"})
        assert client.post(url, typed | {"step-0-due_on": "never"}).status_code == 422
        assert client.post(url, typed).status_code == 302
        over.refresh_from_db()
        assert (over.notes, over.outcome) == ("**Inside**", "held")
        assert over.next_tasks == [Task.objects.get().pk]

    def test_a_coordinator_corrects_it_with_a_reason(self, client_of, rep, coordinator, over):
        services.confirm_outcome(over, outcome="held", by=rep, at=timezone.now())
        url = f"/meetings/{over.pk}/outcome/correct/"
        said = {"new-outcome": "guest_no_show", "new-reason": "Another meeting was meant"}
        assert client_of(rep).post(url, said).status_code == 403
        desk = client_of(coordinator)
        assert desk.post(url, said | {"new-reason": ""}).status_code == 422
        assert desk.post(url, said).status_code == 302
        over.refresh_from_db()
        assert over.outcome == "guest_no_show"
        page = desk.get(f"/meetings/{over.pk}/outcome/").content.decode()
        assert "Another meeting was meant" in page
        assert "Before: Held" in page

    def test_the_slot_is_a_fragment(self, client_of, rep, over):
        reply = client_of(rep).get(f"/meetings/{over.pk}/outcome/", headers={"HX-Request": "true"})
        assert b"<html" not in reply.content
        assert b"How did it go?" in reply.content


class TestParts:
    """What apps above ask beside the outcome."""

    def test_are_asked_and_applied_with_it(self, client_of, rep, over, settings):
        settings.MEETING_OUTCOME_STEPS = ["tests.meetings.outcomes.stage.PART"]
        client, url = client_of(rep), f"/meetings/{over.pk}/outcome/"
        assert "Stage of the deal" in client.get(url).content.decode()
        assert client.post(url, {"outcome": "held"}).status_code == 422
        assert client.post(url, {"outcome": "held", "deal-stage": "refused"}).status_code == 422
        over.refresh_from_db()
        assert over.outcome == "unknown"
        assert client.post(url, {"outcome": "held", "deal-stage": "won"}).status_code == 302
        over.refresh_from_db()
        assert (over.outcome, over.place) == ("held", "won")


class TestToConfirm:
    def test_one_click_is_enough(self, client_of, rep, over):
        client = client_of(rep)
        assert over.title in client.get("/meetings/confirm/").content.decode()
        reply = client.post(
            f"/meetings/{over.pk}/answer/", {"answer": "late", "minutes_late": "12"}
        )
        assert reply["Location"] == "/meetings/confirm/"
        over.refresh_from_db()
        assert over.started_at - over.starts_at == timedelta(minutes=12)
        assert "Nothing to confirm" in client.get("/meetings/confirm/").content.decode()

    def test_htmx_gets_the_row_back(self, client_of, rep, over):
        client, url = client_of(rep), f"/meetings/{over.pk}/answer/"
        wrong = client.post(url, {"answer": "late"}, headers={"HX-Request": "true"})
        assert wrong.status_code == 422
        assert "Say by how many minutes." in wrong.content.decode()
        row = client.post(url, {"answer": "guest_no_show"}, headers={"HX-Request": "true"})
        assert "Guest did not come" in row.content.decode()
        again = client.post(url, {"answer": "held"}, headers={"HX-Request": "true"})
        assert again.status_code == 409

    def test_a_mail_of_the_guest_stands_beside_the_question(
        self, client_of, rep, asked, coordinator
    ):
        contact = factories.ContactFactory(email="claire@northgate.example")
        now = timezone.now()
        before = now - timedelta(days=3)
        row = asked(at=before, window_from=before, account=contact.account)
        services.book(row, starts_at=now - timedelta(days=1), by=coordinator, at=before)
        thread = comms.thread_for(row, account_id=row.account_id, at=now)
        comms.receive(
            thread, contact=contact, body="Thank you for today", at=now - timedelta(hours=20)
        )
        page = client_of(rep).get("/meetings/confirm/").content.decode()
        assert "Thank you for today" in page
        row.refresh_from_db()
        assert row.outcome == "unknown"

    def test_lists_as_many_with_the_same_queries(
        self, client_of, coordinator, asked, over, django_assert_max_num_queries
    ):
        client = client_of(coordinator)
        client.get("/meetings/confirm/")
        for n in range(5):
            before = timezone.now() - timedelta(days=9)
            row = asked(at=before, window_from=before)
            at = before + timedelta(days=1, hours=n)
            services.book(row, starts_at=at, by=coordinator, at=before)
        with django_assert_max_num_queries(12):
            page = client.get("/meetings/confirm/")
        assert page.content.decode().count('name="answer" value="held"') == 6


class TestApi:
    def test_says_it_with_everything(self, api_of, rep, over):
        body = {
            "outcome": "held", "started_at": over.starts_at.isoformat(), "notes": "Inside",
            "ended_at": (over.starts_at + timedelta(minutes=30)).isoformat(), "summary": "Agreed",
            "next_steps": [{"what": "Send it", "due_on": "2030-01-07"}], "follow_up_days": 2,
        }  # fmt: skip
        reply = api_of(rep).post(f"/api/meetings/{over.pk}/outcome/", body)
        assert reply.status_code == 200
        assert (reply.data["outcome"], reply.data["notes"]) == ("held", "Inside")
        assert Task.objects.get().title == "Send it"

    def test_reports_afterwards(self, api_of, rep, over):
        api, url = api_of(rep), f"/api/meetings/{over.pk}/report/"
        assert api.post(url, {"notes": "Late"}).status_code == 409
        api.post(f"/api/meetings/{over.pk}/outcome/", {"outcome": "held"})
        assert api.post(url, {"notes": "Late"}).data["notes"] == "Late"

    def test_joins_confirm_it(self, api_of, coordinator, over):
        api, url = api_of(coordinator), f"/api/meetings/{over.pk}/evidence/"
        for side in ("host", "guest"):
            at = (over.starts_at + timedelta(minutes=3)).isoformat()
            assert api.post(url, {"kind": "join", "side": side, "at": at}).status_code == 201
        assert Meeting.objects.get(pk=over.pk).outcome == "held"
        assert len(api.get(url).data) == 2

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"kind": "join", "side": "host", "at": "2020-01-01T00:00:00Z"}, 422),
            ({"kind": "word", "at": "2026-01-01T00:00:00Z"}, 400),
            ({"kind": "join", "at": "0001-01-01T00:00:00Z"}, 422),
            ({"kind": "join", "side": "moon", "at": "2026-01-01T00:00:00Z"}, 400),
            ({"kind": "note", "text": "\0", "at": "2026-01-01T00:00:00Z"}, 400),
        ],
    )
    def test_refuses_evidence_that_cannot_be(self, api_of, coordinator, over, body, status):
        reply = api_of(coordinator).post(f"/api/meetings/{over.pk}/evidence/", body)
        assert reply.status_code == status

    def test_who_may_not_say_may_not_bring_evidence(self, api_of, team, over):
        other = api_of(factories.member(Role.REP, team=team))
        body = {"kind": "join", "side": "host", "at": over.starts_at.isoformat()}
        assert other.post(f"/api/meetings/{over.pk}/evidence/", body).status_code == 403
        assert (
            other.post(f"/api/meetings/{over.pk}/outcome/", {"outcome": "held"}).status_code == 403
        )

    def test_corrects_with_a_reason(self, api_of, rep, coordinator, over):
        services.confirm_outcome(over, outcome="held", by=rep, at=timezone.now())
        body = {"outcome": "host_no_show", "reason": "We mixed up the days"}
        url = f"/api/meetings/{over.pk}/correct/"
        assert api_of(rep).post(url, body).status_code == 403
        assert api_of(coordinator).post(url, body).data["outcome"] == "host_no_show"
