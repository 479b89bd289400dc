"""Pages of follow-ups: lists, many at once, one of them, decisions, drafts."""

from datetime import timedelta

import pytest

from comms.models import Sender
from followups import services
from followups.models import FollowUp, Rule
from followups.views.common import as_mail
from journal.models import Entry
from tests import factories
from tests.followups.shared import many, text

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


class TestList:
    def test_says_to_whom_about_what_and_why(self, waits, waiting, rep, desk):
        page = text(desk.get("/follow-ups/"))
        assert rep.name in page
        assert f"/requests/{waiting.pk}/" in page
        assert "Turn passed on" in page
        assert "of the reader&#x27;s working time after" in page

    def test_drafts_wait_on_their_own_tab(self, draft, desk):
        assert "All well?" not in text(desk.get("/follow-ups/"))
        assert "all well?" in text(desk.get("/follow-ups/?status=draft"))

    def test_says_why_one_was_stopped(self, waits, desk):
        desk.post(f"/follow-ups/{waits.pk}/stop/", {"why": "She is on leave"})
        assert "She is on leave" in text(desk.get("/follow-ups/?status=stopped"))

    def test_an_account_has_one_list_of_past_and_coming(self, draft, desk, now):
        many(draft, 1, now, status="scheduled", reason="Order delivered: Coming")
        many(
            draft,
            1,
            now,
            status="stopped",
            stop_reason="Over",
            settled_at=now,
            occasion="old",
            reason="Order delivered: Gone",
        )
        page = text(desk.get(f"/follow-ups/?account={draft.account_id}"))
        assert "Coming" in page
        assert "Gone" in page
        assert f"Follow-ups to {draft.contact.account.name}" in page
        other = factories.AccountFactory()
        assert "Coming" not in text(desk.get(f"/follow-ups/?account={other.pk}"))

    def test_filters_by_rule_reader_owner_and_days(self, waits, draft, desk, rep, now):
        many(draft, 1, now + 9 * DAY, status="scheduled")
        assert text(desk.get("/follow-ups/")).count("<tr id=") == 3
        for query, found in {
            "rule=request_waits": 2, "rule=order_delivered": 1, "rule=nonsense": 3, "to=claire": 1,
            f"to={rep.email.upper()}": 2, "to=nobody%40x.example": 0, "owner=me": 3, "since=2026-12-02": 1,
            "until=2026-12-01": 2, "since=0001-01-01": 3, "account=99999999999999999999": 3, "to=%00": 3,
        }.items():  # fmt: skip
            assert text(desk.get(f"/follow-ups/?{query}")).count("<tr id=") == found, query

    def test_pages_go_on_where_the_last_ended(self, waits, desk, now):
        many(waits, 60, now)
        first = text(desk.get("/follow-ups/"))
        after = first.partition("after=")[2].partition('"')[0].replace("&amp;", "&")
        second = text(desk.get(f"/follow-ups/?after={after}"))
        rows = [page.count("<tr id=") for page in (first, second)]
        assert rows == [50, 12]

    @pytest.mark.parametrize(
        "query",
        ["", "status=sent", "status=stopped", "status=draft", "rule=request_waits", "owner=me"],
    )
    def test_costs_the_same_with_many_rows(
        self, query, waits, draft, desk, now, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        path = f"/follow-ups/?{query}"
        done = {"settled_at": now, "stop_reason": "Over", "channel": "notice"}
        many(draft, 1, now, status="sent", **done)
        many(waits, 1, now, status="stopped", **done)
        desk.get(path)
        with CaptureQueriesContext(
            connection,
        ) as few:
            desk.get(path)
        for status in ("scheduled", "draft"):
            many(waits, 30, now, status=status, recipient=f"{status}@x.example")
        for status in ("sent", "stopped"):
            many(waits, 30, now, status=status, recipient=f"{status}@x.example", **done)
        with django_assert_num_queries(len(few)):
            desk.get(path)
        assert len(few) <= 14

    def test_counts_go_no_further_than_is_worth_knowing(self, waits, desk, now, monkeypatch):
        from followups.queries import lists

        monkeypatch.setattr(lists, "CAP", 20)
        many(waits, 30, now)
        assert "20+" in text(desk.get("/follow-ups/"))

    def test_reps_do_not_see_it(self, waits, client_of, rep):
        assert client_of(rep).get("/follow-ups/").status_code == 403
        assert client_of(rep).get(f"/follow-ups/{waits.pk}/").status_code == 403
        assert client_of(rep).post(f"/follow-ups/{waits.pk}/stop/").status_code == 403


class TestBulk:
    def test_stops_those_that_are_ticked(self, waits, desk, now):
        rows = many(waits, 3, now)
        keys = [rows[0].pk, rows[1].pk]
        desk.post("/follow-ups/bulk/", {"pick": keys, "act": "stop", "why": "Trade fair"})
        stopped = FollowUp.objects.filter(status="stopped")
        assert {row.pk for row in stopped} == set(keys)
        assert {row.stop_reason for row in stopped} == {"Trade fair"}

    def test_approves_each_for_itself_and_says_what_was_refused(self, draft, desk, now):
        (other,) = many(draft, 1, now, subject="", body="")
        page = desk.post(
            "/follow-ups/bulk/", {"pick": [draft.pk, other.pk], "act": "approve"}, follow=True
        )
        draft.refresh_from_db()
        assert draft.status == "sent"
        assert "Write its text first." in text(page)
        assert "1 sent." in text(page)

    @pytest.mark.parametrize("pick", [[], ["x"], ["\0"], ["9" * 30], ["٣"]])
    def test_bad_keys_are_nothing(self, pick, desk):
        assert desk.post("/follow-ups/bulk/", {"pick": pick}).status_code == 302


class TestOne:
    def test_tells_the_whole_story(self, waits, desk):
        page = text(desk.get(f"/follow-ups/{waits.pk}/"))
        assert "Turn passed on" in page
        assert "It would go out." in page
        assert "Only if: Whose turn it is is “rep”" in page
        assert "Until: The reader answered, on any channel" in page
        assert "Step 2" in page

    def test_says_when_it_would_be_stopped(self, waits, waiting, desk, rep, now, clock):
        from desk import services as requests

        requests.answer(waiting, body="DN 50", by=rep, at=now + HOUR)
        clock.move_to(now + 2 * HOUR, tick=False)
        page = text(desk.get(f"/follow-ups/{waits.pk}/"))
        assert "It would be stopped: No longer so" in page
        assert "Daniel Okafor has answered." in page

    def test_shows_how_it_would_read_in_a_frame_without_rights(self, waits, desk):
        page = text(desk.get(f"/follow-ups/{waits.pk}/"))
        assert "waits for you: Which seal?" in page
        assert '<iframe class="mail-frame short" sandbox ' in page
        assert "&lt;strong&gt;Which seal?&lt;/strong&gt;" in page

    def test_what_others_wrote_cannot_leave_the_frame(self, draft, desk):
        draft.body = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
        draft.save()
        page = text(desk.get(f"/follow-ups/{draft.pk}/"))
        frame = page.partition("<iframe")[2].partition("</iframe>")[0]
        assert '">' in as_mail(draft.body, author=None, contact=None)  # it would end the attribute
        assert frame.count('">') == 1
        assert "<script" not in frame
        assert "&lt;script" not in frame
        assert "&lt;img" not in frame

    def test_stands_in_the_name_of_its_team(self, draft, desk, coordinator):
        Sender.objects.create(
            name="Rotterdam desk", address="desk@rotterdam.example", team=coordinator.team,
            header="*Pumps and valves*", signature="Your desk", footer="Registered in Rotterdam",
        )  # fmt: skip
        page = text(desk.get(f"/follow-ups/{draft.pk}/"))
        for part in ("Rotterdam desk", "Pumps and valves", "Your desk", "Registered in Rotterdam"):
            assert part in page.partition("srcdoc=")[2].partition("</iframe>")[0], part

    def test_one_that_was_sent_says_what_and_why(self, draft, desk, coordinator):
        services.approve(draft, by=coordinator, at=draft.due_at)
        page = text(desk.get(f"/follow-ups/{draft.pk}/"))
        assert "Marta Lindqvist approved it." in page
        assert f"/deliveries/{draft.delivery_id}/" in page

    def test_one_of_a_rule_that_is_gone_can_still_be_read(self, waits, desk):
        Rule.objects.filter(code="request_waits").delete()
        page = text(desk.get(f"/follow-ups/{waits.pk}/"))
        assert "which is gone" in page
        assert "It would be stopped" in page

    def test_keys_beyond_the_database_are_not_found(self, desk):
        for path in ("", "stop/", "move/", "send/", "draft/", "look/"):
            ask = desk.get if path in {"", "look/"} else desk.post
            assert ask(f"/follow-ups/{'9' * 25}/{path}").status_code == 404, path


class TestDecide:
    def test_moves_it_in_the_readers_own_zone(self, waits, desk):
        desk.post(f"/follow-ups/{waits.pk}/move/", {"to": "2026-12-03T14:30"})
        waits.refresh_from_db()
        assert waits.due_at.isoformat() == "2026-12-03T13:30:00+00:00"
        assert waits.why_then == "Marta Lindqvist chose this time."

    @pytest.mark.parametrize(
        "to", ["", "soon", "0001-01-01T00:00", "9999-12-31T23:59", "\0", "x" * 100_000]
    )
    def test_a_time_that_is_none_is_said_beside_the_field(self, to, waits, desk):
        page = text(desk.post(f"/follow-ups/{waits.pk}/move/", {"to": to}), 422)
        assert 'aria-invalid="true"' in page

    def test_a_time_that_has_passed_is_refused(self, waits, desk):
        page = text(desk.post(f"/follow-ups/{waits.pk}/move/", {"to": "2026-11-20T08:00"}), 422)
        assert "That time has passed." in page

    def test_sends_now_after_looking_once_more(self, waits, desk):
        desk.post(f"/follow-ups/{waits.pk}/send/")
        waits.refresh_from_db()
        assert waits.status == "sent"
        assert Entry.objects.filter(action="followups.followup.sent").count() == 1

    def test_sending_now_stops_what_is_unnecessary(self, waits, waiting, desk, rep, now):
        from desk import services as requests

        requests.answer(waiting, body="DN 50", by=rep, at=now)
        page = text(desk.post(f"/follow-ups/{waits.pk}/send/", follow=True))
        waits.refresh_from_db()
        assert waits.status == "stopped"
        assert "It was not sent: No longer so" in page

    def test_nothing_is_sent_while_it_is_paused(self, waits, desk, coordinator, now):
        services.pause(why="Storm", by=coordinator, at=now)
        assert "It is paused: Storm" in text(desk.post(f"/follow-ups/{waits.pk}/send/"), 422)
        waits.refresh_from_db()
        assert waits.status == "scheduled"

    def test_the_slower_one_is_told(self, waits, desk):
        desk.post(f"/follow-ups/{waits.pk}/stop/")
        page = text(desk.post(f"/follow-ups/{waits.pk}/stop/"), 409)
        assert "This follow-up is stopped already." in page

    def test_goes_back_to_our_own_pages_only(self, waits, desk, now):
        one, two = many(waits, 2, now)
        answer = desk.post(
            f"/follow-ups/{one.pk}/stop/", {"next": "/follow-ups/?rule=request_waits"}
        )
        assert answer.url == "/follow-ups/?rule=request_waits"
        answer = desk.post(f"/follow-ups/{two.pk}/stop/", {"next": "//evil.example/"})
        assert answer.url == f"/follow-ups/{two.pk}/"


class TestDraft:
    def test_is_saved_in_the_words_of_a_person(self, draft, desk):
        desk.post(
            f"/follow-ups/{draft.pk}/draft/",
            {"act": "save", "subject": "Well?", "body": "Hi\r\nyou"},
        )
        draft.refresh_from_db()
        assert (draft.status, draft.subject, draft.body) == ("draft", "Well?", "Hi\nyou")

    def test_goes_out_as_it_was_typed(self, draft, desk):
        desk.post(
            f"/follow-ups/{draft.pk}/draft/", {"act": "approve", "subject": "Well?", "body": "Mine"}
        )
        draft.refresh_from_db()
        assert draft.status == "sent"
        assert (draft.delivery.subject, draft.delivery.body) == ("Well?", "Mine")

    def test_one_that_became_unnecessary_is_refused_in_words_and_keeps_what_was_typed(
        self, draft, desk
    ):
        draft.contact.no_mail = True
        draft.contact.save()
        body = {"act": "approve", "subject": "Well?", "body": "My own words"}
        page = text(desk.post(f"/follow-ups/{draft.pk}/draft/", body), 409)
        assert "It was not sent: Claire Ashworth asked not to be mailed." in page
        assert "My own words" in page
        draft.refresh_from_db()
        assert (draft.status, draft.body) == ("draft", "Hello **Claire**,\n\nall well?")

    def test_the_card_of_the_list_answers_in_place(self, draft, desk):
        url, htmx = f"/follow-ups/{draft.pk}/draft/", {"HTTP_HX_REQUEST": "true"}
        empty = text(desk.post(url, {"act": "save", "subject": "", "body": "B"}, **htmx), 422)
        assert "This field is required." in empty
        assert empty.lstrip().startswith(f'<tr id="followup-{draft.pk}"')
        saved = text(desk.post(url, {"act": "save", "subject": "S", "body": "B"}, **htmx))
        assert "Saved." in saved
        sent = text(desk.post(url, {"act": "approve", "subject": "S", "body": "B"}, **htmx))
        assert "Sent." in sent
        again = text(desk.post(url, {"act": "approve", "subject": "S", "body": "B"}, **htmx), 409)
        assert "already" in again

    def test_is_looked_at_as_mail_before_it_is_saved(self, draft, desk):
        body = {"act": "look", "subject": "S", "body": "*typed*"}
        page = text(desk.post(f"/follow-ups/{draft.pk}/draft/", body))
        assert "&lt;em&gt;typed&lt;/em&gt;" in page
        draft.refresh_from_db()
        assert draft.body == "Hello **Claire**,\n\nall well?"

    @pytest.mark.parametrize("bad", ["\0", "x" * 100_000, ""])
    def test_what_cannot_be_a_text_is_said_beside_the_field(self, bad, draft, desk):
        answer = desk.post(
            f"/follow-ups/{draft.pk}/draft/", {"act": "save", "subject": "S", "body": bad}
        )
        assert 'aria-invalid="true"' in text(answer, 422)

    def test_the_frame_of_a_card_is_loaded_when_it_is_opened(self, draft, desk):
        url = f"/follow-ups/{draft.pk}/look/"
        assert "&lt;strong&gt;Claire" in text(desk.get(url, HTTP_HX_REQUEST="true"))
        assert desk.get(url).url == f"/follow-ups/{draft.pk}/"
