"""The particular steps of a request by the API: as on the page, with reasons a machine can read."""

import pytest

from desk import services
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(team):
    return factories.member(Role.COORDINATOR, name="Bea", team=team)


class TestSteps:
    def test_given_to_a_colleague(self, post, desk_api, asked, other, rep):
        row = asked()
        told = post(desk_api, row, "assign", {"to": other.pk, "why": "Knows it"}).json()
        assert (told["holder"], told["assigned_why"]) == (other.pk, "Knows it")
        assert post(desk_api, row, "assign", {"to": rep.pk}).status_code == 409

    def test_tagged(self, post, desk_api, asked):
        row = asked()
        assert post(desk_api, row, "tags", {"add": ["Rush", "pumps"]}).json()["tags"] == [
            "rush",
            "pumps",
        ]
        assert post(desk_api, row, "tags", {"remove": ["rush"]}).json()["tags"] == ["pumps"]
        assert post(desk_api, row, "tags", {"add": ["a,b"]}).status_code == 400
        assert post(desk_api, row, "tags", {"add": ["x"] * 6}).status_code == 400

    def test_turn_priority_and_following(self, post, desk_api, claimed):
        row = claimed()
        assert post(desk_api, row, "turn", {"party": "customer"}).json()["party"] == "customer"
        assert post(desk_api, row, "priority", {"priority": 1}).json()["priority"] == 1
        assert post(desk_api, row, "watch").status_code == 200
        assert row.watchers.count() == 1

    def test_a_step_that_the_checklist_has_not(self, post, desk_api, claimed):
        assert post(desk_api, claimed(), "tick", {"step": "Dance"}).status_code == 422

    def test_split(self, post, desk_api, claimed):
        row = claimed()
        told = post(desk_api, row, "split", {"subject": "Freight", "body": "Who pays?"}).json()
        assert told["split_from"] == row.pk

    def test_resolved_against_the_gate_only_with_a_reason(
        self, post, desk_api, claimed, logistics, coordinator, now
    ):
        row = claimed()
        services.ask_department(logistics, ask="In?", by=coordinator, at=now, request=row)
        assert post(desk_api, row, "resolve").status_code == 409
        assert post(desk_api, row, "resolve", {"override": "By phone"}).json()["status"] == "done"

    def test_rated_by_the_one_who_asked(self, post, rep_api, desk_api, claimed, coordinator, now):
        row = claimed()
        services.resolve(row, by=coordinator, at=now)
        assert post(rep_api, row, "rate", {"score": 4}).status_code == 200
        assert post(rep_api, row, "rate", {"score": 6}).status_code == 400


class TestEdit:
    def test_changes_what_it_says(self, post, desk_api, claimed):
        row = claimed()
        told = post(desk_api, row, "edit", {"version": row.version, "subject": "Two seals"}).json()
        assert told["subject"] == "Two seals"
        assert told["version"] > row.version

    def test_an_older_version_is_told_what_changed(self, post, desk_api, claimed):
        row = claimed()
        post(desk_api, row, "edit", {"version": row.version, "subject": "Two seals"})
        reply = post(desk_api, row, "edit", {"version": row.version, "subject": "Mine"})
        assert reply.status_code == 409
        assert reply.json()["errors"]["changed"] == [
            ["Subject", "Which seal?", "Two seals", "Marta Lindqvist"]
        ]

    def test_answers_that_do_not_fit_are_named(self, post, desk_api, claimed):
        row = claimed()
        reply = post(desk_api, row, "edit", {"version": row.version, "data": {"moon": "1"}})
        assert reply.status_code == 422
        assert "moon" in reply.json()["errors"]["data"]

    def test_a_stranger_does_not_find_it(self, post, api_of, stranger, claimed):
        row = claimed()
        assert post(api_of(stranger), row, "edit", {"version": 1}).status_code == 404


class TestHandOffs:
    def test_reminded_and_withdrawn(self, desk_api, claimed, logistics, coordinator, now):
        ask = services.ask_department(
            logistics, ask="In?", by=coordinator, at=now, request=claimed()
        )
        assert desk_api.post(f"/api/handoffs/{ask.pk}/nudge/", {}, format="json").status_code == 409
        told = desk_api.post(f"/api/handoffs/{ask.pk}/withdraw/", {}, format="json").json()
        assert told["status"] == "withdrawn"

    def test_asked_with_a_due_moment(self, desk_api, claimed, logistics, now):
        body = {"department": logistics.slug, "ask": "In?", "request": claimed().pk}
        told = desk_api.post(
            "/api/handoffs/", body | {"due_at": "2126-01-01T09:00:00Z"}, format="json"
        )
        assert told.json()["due_at"].startswith("2126-01-01T10:00:00")
        late = desk_api.post(
            "/api/handoffs/", body | {"due_at": "2020-01-01T09:00:00Z"}, format="json"
        )
        assert late.status_code == 422
