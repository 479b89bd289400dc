"""/api/followups/, /api/followup-rules/, /api/followup-pauses/"""

from datetime import timedelta

import pytest

from followups import services
from followups.models import FollowUp, Pause, Rule
from tests import factories

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db

RULE = {
    "name": "Order handed off: tell the rep", "kind": "orders.order", "actions": ["orders.order.handed_off"],
    "reader": "rep", "conditions": [{"field": "net", "op": "more", "value": "100"}], "stops": ["complaint"],
    "steps": [{"amount": 2, "subject": "{{ order.number }}", "body": "On its way.", "needs_approval": False}],
}  # fmt: skip


@pytest.fixture
def clock(clock, now):
    clock.move_to(now + HOUR, tick=False)
    return clock


@pytest.fixture
def desk(clock, api_of, coordinator):
    return api_of(coordinator)


@pytest.fixture
def boss(clock, api_of, manager):
    return api_of(manager)


@pytest.fixture
def row(waiting, scheduled):
    return scheduled("request_waits")[0]


@pytest.fixture
def draft(row):
    FollowUp.objects.filter(pk=row.pk).update(status="draft", subject="S", body="B")
    row.refresh_from_db()
    return row


def post(api, url, body=None, **headers):
    return api.post(url, body or {}, format="json", **headers)


class TestFollowUps:
    def test_are_found_by_rule_reader_account_and_days(self, row, desk, rep, now):
        def found(**filters):
            answer = desk.get("/api/followups/", filters)
            assert answer.status_code == 200, answer.json()
            return len(answer.json()["results"])

        assert found(rule="request_waits") == 2
        assert found(recipient=rep.email.upper()) == 2
        assert found(recipient="nobody@x.example") == 0
        assert found(account_id=4) == 0
        assert found(due_before=(now + 2 * DAY).isoformat()) == 1
        assert found(due_after=(now + 2 * DAY).isoformat()) == 1
        for bad in ({"status": "x"}, {"due_after": "soon"}, {"colour": "x"}, {"account_id": 2**70}):
            assert desk.get("/api/followups/", bad).status_code == 400, bad

    def test_one_tells_why_and_when(self, row, desk):
        one = desk.get(f"/api/followups/{row.pk}/").json()
        assert one["reason"].startswith("Turn passed on")
        assert one["why_then"].startswith("1 day of the reader")

    def test_is_moved_and_sent(self, row, desk, now):
        url = f"/api/followups/{row.pk}/"
        moved = post(desk, f"{url}move/", {"to": (now + 3 * DAY).isoformat()})
        assert moved.json()["due_at"].startswith("2026-11-27T")
        past = post(desk, f"{url}move/", {"to": (now - DAY).isoformat()})
        assert (past.status_code, past.json()["type"]) == (422, "unsound")
        assert post(desk, f"{url}move/", {"to": "0001-01-01T00:00:00Z"}).status_code == 400
        assert post(desk, f"{url}send/").json()["status"] == "sent"
        again = post(desk, f"{url}send/")
        assert (again.status_code, again.json()["type"]) == (409, "already_settled")

    def test_a_draft_is_changed_and_approved(self, draft, desk):
        url = f"/api/followups/{draft.pk}/"
        assert (
            post(desk, f"{url}draft/", {"subject": "New", "body": "Words"}).json()["body"]
            == "Words"
        )
        assert post(desk, f"{url}draft/", {"subject": "", "body": "x" * 100_000}).status_code == 400
        assert post(desk, f"{url}draft/", {"subject": "a\0b", "body": "x"}).status_code == 400
        assert (
            post(desk, f"{url}draft/", {"subject": "a", "body": "x", "status": "sent"}).status_code
            == 400
        )
        sent = post(desk, f"{url}approve/").json()
        assert (sent["status"], sent["why_sent"]) == ("sent", "Marta Lindqvist approved it.")
        assert post(desk, f"{url}draft/", {"subject": "New", "body": "Words"}).status_code == 409

    def test_the_same_key_approves_once(self, draft, desk):
        url, key = f"/api/followups/{draft.pk}/approve/", {"HTTP_IDEMPOTENCY_KEY": "one"}
        first, second = post(desk, url, **key), post(desk, url, **key)
        assert (first.status_code, second.status_code) == (200, 200)
        assert second["Idempotent-Replay"] == "true"
        assert post(desk, url).status_code == 409  # without the key it is another request

    def test_reps_may_not(self, row, api_of, rep):
        api, url = api_of(rep), f"/api/followups/{row.pk}/"
        assert api.get("/api/followups/").status_code == 403
        for name in ("stop", "move", "send", "approve", "draft"):
            assert post(api, f"{url}{name}/").status_code == 403, name


class TestRules:
    def test_is_made_read_changed_and_switched(self, boss, desk, manager):
        made = post(boss, "/api/followup-rules/", RULE)
        assert made.status_code == 201, made.json()
        one, url = made.json(), f"/api/followup-rules/{made.json()['id']}/"
        assert (one["is_active"], one["version"], one["changed_by"]) == (False, 1, manager.pk)
        assert one["steps"][0]["clock"] == "reader"
        assert desk.get(url).json() == one
        changed = boss.put(url, RULE | {"name": "Other"}, format="json").json()
        assert (changed["version"], changed["name"]) == (2, "Other")
        assert post(boss, f"{url}switch/", {"on": True}).json()["is_active"] is True
        assert boss.delete(url).status_code == 204

    def test_the_same_key_makes_one(self, boss, rules):
        before = rules.count()
        for _ in range(2):
            assert (
                post(boss, "/api/followup-rules/", RULE, HTTP_IDEMPOTENCY_KEY="k").status_code
                == 201
            )
        assert rules.count() == before + 1

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"kind": "nonsense"}, 422), ({"reader": "nobody"}, 422), ({"actions": []}, 400),
            ({"actions": ["desk.request.submitted"]}, 422), ({"steps": []}, 400), ({"stops": ["x"]}, 400),
            ({"conditions": [{"field": "colour", "op": "is"}]}, 422), ({"conditions": [{"field": "net", "op": "x"}]}, 400),
            ({"steps": [{"amount": -1, "subject": "a", "body": "b"}]}, 422),
            ({"steps": [{"amount": 1, "subject": "{{ order.colour }}", "body": "b"}]}, 422),
            ({"steps": [{"amount": 10**20, "subject": "a", "body": "b"}]}, 400),
            ({"steps": [{"amount": 1, "subject": "a", "body": "b", "colour": "red"}]}, 400),
            ({"is_active": True}, 400), ({"name": "a\0b"}, 400), ({"steps": {"a": 1}}, 400), ({"actions": "x"}, 400),
        ],
    )  # fmt: skip
    def test_what_could_not_work_is_refused(self, change, status, boss, rules):
        before = rules.count()
        answer = post(boss, "/api/followup-rules/", RULE | change)
        assert answer.status_code == status, answer.json()
        assert rules.count() == before

    def test_one_that_came_with_the_portal_stays(self, boss, rules):
        url = f"/api/followup-rules/{rules.get(code='quote_sent').pk}/"
        assert boss.delete(url).status_code == 422
        assert boss.patch(url, {"name": "x"}, format="json").status_code in {403, 405}

    def test_is_tried_out_saved_or_not(self, boss, handed_off, rep, clock, now):
        handed_off.rep = rep
        handed_off.save()
        clock.move_to(now + 4 * DAY, tick=False)
        tried = post(boss, "/api/followup-rules/try-out/", RULE)
        assert (tried.status_code, tried.json()["sent"]) == (200, 1)
        pk = post(boss, "/api/followup-rules/", RULE).json()["id"]
        url = f"/api/followup-rules/{pk}/try-out/"
        assert post(boss, url, {"days": 30}).json() == tried.json()
        assert post(boss, url, {"days": 1}).json()["events"] == 0
        assert post(boss, url, {"days": 9999}).status_code == 400
        assert not FollowUp.objects.exists()

    def test_the_desk_reads_only(self, desk, rules):
        url = f"/api/followup-rules/{rules.first().pk}/"
        assert desk.get("/api/followup-rules/").status_code == 200
        assert post(desk, "/api/followup-rules/", RULE).status_code == 403
        assert desk.put(url, RULE, format="json").status_code == 403
        for name in ("switch/", "try-out/"):
            assert post(desk, f"{url}{name}", {"on": True}).status_code == 403

    def test_a_list_costs_the_same_with_many(self, desk, rules, django_assert_num_queries, now):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        desk.get("/api/followup-rules/")
        with CaptureQueriesContext(connection) as few:
            desk.get("/api/followup-rules/")
        wording = services.Wording(
            **RULE
            | {
                "steps": [
                    {
                        **RULE["steps"][0],
                        "unit": "days",
                        "clock": "reader",
                        "anchor": "",
                        "channel": "mail",
                    }
                ]
            }
        )
        for _ in range(5):
            services.save(None, wording, by=None, at=now)
        with django_assert_num_queries(len(few)):
            desk.get("/api/followup-rules/")


class TestPauses:
    def test_begins_and_ends(self, desk, row, now):
        made = post(desk, "/api/followup-pauses/", {"why": "Storm"})
        assert made.status_code == 201
        assert services.settle_due(at=now + DAY) == 0
        assert len(desk.get("/api/followup-pauses/", {"standing": "true"}).json()["results"]) == 1
        ended = post(desk, f"/api/followup-pauses/{made.json()['id']}/end/")
        assert ended.json()["ended_at"] is not None
        assert services.settle_due(at=now + DAY) == 1

    def test_of_a_rule_or_an_account(self, desk, rules):
        rule, account = rules.first(), factories.AccountFactory()
        assert post(desk, "/api/followup-pauses/", {"rule": rule.pk, "why": "x"}).status_code == 201
        assert post(desk, "/api/followup-pauses/", {"rule": rule.pk, "why": "x"}).status_code == 422
        assert (
            post(desk, "/api/followup-pauses/", {"account_id": account.pk, "why": "x"}).status_code
            == 201
        )
        both = {"rule": rule.pk, "account_id": account.pk, "why": "x"}
        for bad in (
            both,
            {"why": ""},
            {},
            {"account_id": 10**17, "why": "x"},
            {"rule": 10**30, "why": "x"},
        ):
            assert post(desk, "/api/followup-pauses/", bad).status_code == 400, bad
        assert Pause.objects.count() == 2
        assert Rule.objects.filter(pauses__ended_at=None, pauses__isnull=False).count() == 1


def test_the_schema_names_each_answer(boss):
    schema = boss.get("/api/schema/", {"format": "json"}).json()
    found = {path for path in schema["paths"] if path.startswith("/api/followup")}
    assert {
        "/api/followups/{id}/move/",
        "/api/followup-rules/try-out/",
        "/api/followup-pauses/{id}/end/",
    } <= found
    assert schema["paths"]["/api/followup-rules/try-out/"]["post"]["responses"]["200"]
