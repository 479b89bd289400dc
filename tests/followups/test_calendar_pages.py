"""The calendar of follow-ups, the slot of an account, pauses and limits."""

from datetime import timedelta

import pytest

from followups import services
from followups.models import Limits, Pause, Rule
from journal.models import Entry
from tests.followups.shared import many, text

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


class TestCalendar:
    def test_a_week_shows_each_at_its_hour_in_the_viewers_zone(self, waits, desk, rep):
        page = text(desk.get("/follow-ups/calendar/"))
        assert "23 November to 29 November 2026" in page
        assert '<th scope="row" class="hour">10</th>' in page
        assert f"</time> {rep.name}" in page

    def test_neighbours_and_months_are_links(self, waits, desk):
        week = text(desk.get("/follow-ups/calendar/?on=2026-11-25"))
        assert "on=2026-11-18" in week
        assert "on=2026-12-02" in week
        month = text(desk.get("/follow-ups/calendar/?as=month&on=2026-11-25"))
        assert "November 2026" in month
        assert "on=2026-12-01" in month

    def test_what_is_paused_is_marked(self, waits, desk, coordinator, now):
        assert 'aria-label="Paused"' not in text(desk.get("/follow-ups/calendar/"))
        services.pause(
            why="Audit", rule=Rule.objects.get(code="request_waits"), by=coordinator, at=now
        )
        assert 'aria-label="Paused"' in text(desk.get("/follow-ups/calendar/"))

    def test_a_full_day_shows_what_fits_and_leads_to_the_rest(self, waits, desk, now):
        many(waits, 130, now, due_at=now + HOUR)
        page = text(desk.get("/follow-ups/calendar/"))
        assert "100+" in page
        assert "since=2026-11-24" in page

    @pytest.mark.parametrize(
        "on", ["0001-01-01", "9999-12-31", "2200-01-01", "2000-01-01", "x", "\0"]
    )
    @pytest.mark.parametrize("shape", ["week", "month"])
    def test_days_at_the_end_of_time_do_no_harm(self, on, shape, desk):
        assert desk.get("/follow-ups/calendar/", {"on": on, "as": shape}).status_code == 200

    def test_costs_the_same_with_many_rows(self, waits, desk, now, django_assert_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        for shape in ("week", "month"):
            desk.get(f"/follow-ups/calendar/?as={shape}")
            with CaptureQueriesContext(connection) as few:
                desk.get(f"/follow-ups/calendar/?as={shape}")
            many(waits, 40, now, recipient=f"{shape}@x.example")
            with django_assert_num_queries(len(few)):
                desk.get(f"/follow-ups/calendar/?as={shape}")


class TestAccount:
    def test_its_page_shows_the_next_and_the_last(self, draft, desk, now):
        account = draft.contact.account
        many(draft, 7, now, status="scheduled")
        slot = text(desk.get(f"/follow-ups/account/{account.pk}/", HTTP_HX_REQUEST="true"))
        assert slot.count("<li>") == 5
        assert f"/follow-ups/pauses/?account={account.pk}" in slot
        assert f"/follow-ups/account/{account.pk}/" in text(desk.get(f"/accounts/{account.pk}/"))

    def test_without_htmx_it_is_the_list(self, draft, desk):
        url = f"/follow-ups/account/{draft.account_id}/"
        assert desk.get(url).url == f"/follow-ups/?account={draft.account_id}"


class TestPauses:
    def test_everything_waits_with_a_reason_and_goes_on(self, waits, desk, now):
        desk.post("/follow-ups/pauses/add/", {"what": "all", "why": "Relay is down"})
        pause = Pause.objects.get()
        for path in ("", "calendar/", "rules/", "pauses/", f"{waits.pk}/"):
            page = text(desk.get(f"/follow-ups/{path}"))
            assert "All follow-ups are paused" in page, path
            assert "Relay is down" in page
        assert services.settle_due(at=now + DAY) == 0
        desk.post(f"/follow-ups/pauses/{pause.pk}/end/")
        assert "All follow-ups are paused" not in text(desk.get("/follow-ups/"))
        assert services.settle_due(at=now + DAY) == 1

    def test_a_reason_is_required_and_said_beside_the_field(self, desk):
        page = text(desk.post("/follow-ups/pauses/add/", {"what": "all", "why": ""}), 422)
        assert "This field is required." in page
        assert not Pause.objects.exists()

    def test_twice_is_refused(self, desk):
        desk.post("/follow-ups/pauses/add/", {"what": "all", "why": "A"})
        page = text(desk.post("/follow-ups/pauses/add/", {"what": "all", "why": "B"}), 409)
        assert "It is paused already." in page

    def test_the_same_form_sent_twice_pauses_once(self, desk):
        body = {"what": "all", "why": "A", "idempotency_key": "k" * 20}
        assert [desk.post("/follow-ups/pauses/add/", body).status_code for _ in range(2)] == [
            302,
            302,
        ]
        assert Pause.objects.count() == 1

    def test_of_an_account_and_of_a_rule(self, contact, desk):
        rule = Rule.objects.get(code="quote_sent")
        account = contact.account
        desk.post(
            "/follow-ups/pauses/add/", {"what": "account", "account": account.name, "why": "A"}
        )
        desk.post("/follow-ups/pauses/add/", {"what": "rule", "rule": rule.pk, "why": "R"})
        page = text(desk.get("/follow-ups/"))
        assert account.name in page
        assert rule.name in page
        for bad in (
            {"what": "rule"},
            {"what": "account", "account": "Nobody Ltd"},
            {"what": "rule", "rule": "9" * 30},
            {"what": "x"},
        ):
            assert desk.post("/follow-ups/pauses/add/", bad | {"why": "x"}).status_code == 422, bad

    def test_limits_are_for_who_runs_the_desk(self, desk, client_of, manager):
        url, body = "/follow-ups/pauses/limits/", {"most_a_week": "3", "stale_hours": "24"}
        assert desk.post(url, body).status_code == 403
        boss = client_of(manager)
        assert boss.post(url, body).status_code == 302
        limits = Limits.objects.get()
        assert (limits.most_a_week, limits.stale_hours) == (3, 24)
        assert Entry.objects.filter(action="followups.limits.changed").count() == 1
        boss.post(url, body)
        assert Entry.objects.filter(action="followups.limits.changed").count() == 1
        for bad in ("0", "-1", "x", "99999999999", ""):
            assert boss.post(url, {"stale_hours": bad}).status_code == 422
