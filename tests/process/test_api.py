"""The API says the same figures as the pages."""

import pytest

from process.models import Activity, ModelPath

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(make_log):
    return make_log(
        {
            "one": [("Ask", 0, "Ann", "desk"), ("Close", 5, "Bob", "")],
            "back": [("Ask", 0, "Ann", "desk"), ("Ask", 3, "Ann", "desk"), ("Close", 9, "Ann", "")],
        }
    )


@pytest.fixture
def get(api_of, coordinator, log):
    client = api_of(coordinator)

    def read(what="", status=200, **query):
        answer = client.get(f"/api/event-logs/{log.pk}/{what}", query)
        assert answer.status_code == status, answer.content
        return answer.json()

    return read


class TestFigures:
    def test_of_the_map(self, get):
        found = get("map/")
        names = {node["id"]: node["name"] for node in found["nodes"]} | {-1: "Start", -2: "End"}
        edges = {(names[e["source"]], names[e["target"]]): e for e in found["edges"]}
        assert edges["Ask", "Close"]["n"] == 2
        assert edges["Ask", "Close"]["calendar"]["median"] == 5.5 * 3600
        assert edges["Start", "Ask"]["calendar"] is None
        assert (found["cases"], found["events"]) == (2, 5)

    def test_of_variants_rework_hand_overs_and_waiting(self, get):
        assert [row["activities"] for row in get("variants/")["rows"]] == [
            ["Ask", "Close"],
            ["Ask", "Ask", "Close"],
        ]
        again = get("rework/")
        assert (again["share"], again["again"][0]["calendar"]) == (0.5, 3 * 3600)
        assert get("handovers/")["handovers"] == 1
        assert get("handovers/", between="parties")["cells"]
        assert get("waiting/")["shares"][0]["party"] == "desk"

    def test_of_conformance_and_the_cases_that_deviate(self, get, log, now):
        steps = [Activity.objects.get(name=n).pk for n in ("Ask", "Close")]
        path = ModelPath.objects.create(log=log, name="P", activities=steps, made_at=now)
        found = get("conformance/", path=path.pk)
        assert (found["share"], found["deviations"][0]["kind"]) == (0.5, "again")
        rows = get("cases/", path=path.pk, deviates=found["deviations"][0]["key"])["results"]
        assert [row["key"] for row in rows] == ["back"]
        assert get("paths/")[0]["steps"] == ["Ask", "Close"]

    def test_follow_the_filters(self, get):
        assert get("map/", **{"from": "2030-01-01"})["cases"] == 0
        assert get("conformance/", status=400, **{"from": "2030-01-01"})

    def test_bounces_are_of_requests_only(self, get, log):
        get("bounces/", status=400)
        log.source = "requests"
        log.save()
        assert get("bounces/")["asked"] == 0


class TestDoors:
    def test_list_and_one(self, get, api_of, coordinator, log):
        assert get()["name"] == "A log"
        assert api_of(coordinator).get("/api/event-logs/").json()["results"][0]["id"] == log.pk

    def test_refuse_what_they_do_not_know(self, get):
        get("map/", status=400, colour="red")
        get("map/", status=400, **{"from": "0001-01-01"})
        get("cases/", status=400, team="\x00")

    def test_are_closed_to_reps(self, api_of, rep, log):
        assert api_of(rep).get(f"/api/event-logs/{log.pk}/map/").status_code == 403
