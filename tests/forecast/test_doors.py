"""Pages and API of forecasts: what they show, to whom, and what they refuse."""

from datetime import timedelta

import pytest

from desk.models import SalesRequest
from forecast.models import BreachForecast, Scenario, Status
from forecast.services import breaches, looking_back, scenarios
from forecast.services.scenarios import Wanted

pytestmark = pytest.mark.django_db
SMALL = {"weeks": 8, "horizon": 2, "warm_up": 1, "replications": 5, "seed": 7}
FORM = {
    "name": "One more", "extra": "1", "service": "0", "order": "due", "weeks": "8", "horizon": "2",
    "warm_up": "1", "replications": "5", "seed": "7",
}  # fmt: skip


@pytest.fixture
def filled(kinds):
    """`filled(...)`: what a browser sends of the form."""

    def make(**more):
        growth = {f"growth-{kind.pk}": "0" for kind in kinds}
        return {**FORM, **growth, **more}

    return make


@pytest.fixture
def said(busy_desk, now, team):
    breaches.refresh(at=now)
    return BreachForecast.objects.get(team=team, kept=False)


@pytest.fixture
def played(team, manager, busy_desk, now):
    def make(name="As it is", **changes):
        row = scenarios.ask(name, team, Wanted(**{**SMALL, **changes}), by=manager, at=now)
        scenarios.run_next(at=now)
        return row

    return make


class TestExpected:
    def test_shows_the_numbers_the_likeliest_and_the_reason(self, client_of, coordinator, said):
        page = client_of(coordinator).get("/forecast/").content.decode()
        assert f"most likely {said.today['low']} to {said.today['high']}" in page
        top = said.chances.order_by("-today", "-week", "request_id").first()
        if top.week >= 0.05:
            assert f"/requests/{top.request_id}/" in page
            assert "of working time left" in page

    def test_what_is_done_meanwhile_is_not_shown(self, client_of, coordinator, ask, busy_desk, now):
        row = ask(now - timedelta(hours=24), None, due_at=now + timedelta(minutes=1))
        breaches.refresh(at=now)
        here = f"/requests/{row.pk}/"
        assert here in client_of(coordinator).get("/forecast/").content.decode()
        SalesRequest.objects.filter(pk=row.pk).update(
            status="done", outcome="withdrawn", resolved_at=now
        )
        assert here not in client_of(coordinator).get("/forecast/").content.decode()

    def test_without_requests_it_says_what_to_wait_for(self, client_of, coordinator):
        assert "No requests yet" in client_of(coordinator).get("/forecast/").content.decode()

    def test_says_how_much_is_missing(self, client_of, coordinator, ask, now):
        ask(now)
        assert "Not reckoned yet" in client_of(coordinator).get("/forecast/").content.decode()
        breaches.refresh(at=now)
        page = client_of(coordinator).get("/forecast/").content.decode()
        assert "It takes 30 finished requests" in page

    def test_reps_may_not(self, client_of, rep):
        assert client_of(rep).get("/forecast/").status_code == 403
        assert client_of(rep).get("/forecast/looked-back/").status_code == 403

    @pytest.mark.parametrize("wanted", ["x", "\0", "9" * 40, "-1"])
    def test_a_made_up_team_is_the_own_one(self, client_of, coordinator, said, wanted):
        assert client_of(coordinator).get("/forecast/", {"team": wanted}).status_code == 200

    def test_costs_the_same_for_many(
        self, client_of, coordinator, ask, said, now, django_assert_max_num_queries
    ):
        browser = client_of(coordinator)
        browser.get("/forecast/")
        with django_assert_max_num_queries(12):
            browser.get("/forecast/")


class TestLookedBack:
    def test_shows_days_scores_and_calibration(self, client_of, manager, team, said, now):
        for day in looking_back.days_without(team, at=now)[:3]:
            looking_back.replay(team, day)
        looking_back.settle(team, at=now)
        page = client_of(manager).get("/forecast/looked-back/").content.decode()
        assert "Brier score" in page
        assert "afterwards, from what was known then" in page
        assert "of 3" in page

    def test_says_that_there_is_nothing_yet(self, client_of, manager, ask, now):
        ask(now)
        page = client_of(manager).get("/forecast/looked-back/").content.decode()
        assert "Nothing to look back upon yet" in page


class TestAsking:
    def test_a_scenario_is_asked_for_once_and_waits(self, client_of, manager, busy_desk, filled):
        browser, data = client_of(manager), filled(idempotency_key="k")
        page = browser.post("/forecast/what-if/new/", data)
        assert page.status_code == 302, page.content.decode()
        assert browser.post("/forecast/what-if/new/", data).url == page.url
        row = Scenario.objects.get()
        assert (row.extra, row.status) == (1, Status.QUEUED)
        assert "Waiting for a worker" in browser.get(page.url).content.decode()

    def test_hours_and_growth_are_taken(self, client_of, manager, busy_desk, filled, kinds):
        data = filled(**{"hour-9": "3", f"growth-{kinds[0].pk}": "20"})
        assert client_of(manager).post("/forecast/what-if/new/", data).status_code == 302
        row = Scenario.objects.get()
        assert (row.hours, row.growth) == ({"9": 3}, {str(kinds[0].pk): 20})

    @pytest.mark.parametrize(
        ("field", "value"),
        [("extra", "1e9"), ("service", "-100"), ("weeks", "0"), ("replications", "100000"), ("order", "luck"),
         ("seed", "99999999999999999999"), ("name", ""), ("name", "x" * 100_000), ("hour-9", "-1"),
         ("name", "a\0b")],
    )  # fmt: skip
    def test_what_makes_no_sense_is_said_beside_the_field(
        self, client_of, manager, busy_desk, filled, field, value
    ):
        page = client_of(manager).post("/forecast/what-if/new/", filled(**{field: value}))
        assert page.status_code == 422
        assert f'id="id_{field}-error"' in page.content.decode()
        assert not Scenario.objects.exists()

    def test_nobody_to_work_is_said_above_the_form(
        self, client_of, manager, busy_desk, filled, coordinator
    ):
        coordinator.groups.clear()
        page = client_of(manager).post("/forecast/what-if/new/", filled())
        assert page.status_code == 422
        assert "no coordinator belongs to this team" in page.content.decode()

    def test_one_thing_is_changed_from_another_scenario(self, client_of, manager, played):
        row = played(extra=2, hours={"10": 4})
        page = client_of(manager).get(f"/forecast/what-if/new/?from={row.pk}")
        form = page.context["form"]
        assert form["extra"].value() == 2
        assert form["hour-10"].value() == 4
        assert form["name"].value() == "As it is, changed"

    @pytest.mark.parametrize("source", ["x", "9" * 30, "0", "\0"])
    def test_a_made_up_source_is_left_out(self, client_of, manager, busy_desk, source):
        page = client_of(manager).get("/forecast/what-if/new/", {"from": source})
        assert page.context["form"]["name"].value() == "As it is"

    def test_coordinators_may_not_ask(self, client_of, coordinator):
        assert client_of(coordinator).get("/forecast/what-if/").status_code == 403
        assert client_of(coordinator).post("/forecast/what-if/new/").status_code == 403


class TestReading:
    def test_shows_figures_with_bands_beside_the_measured(self, client_of, manager, played):
        row = played()
        page = client_of(manager).get(f"/forecast/what-if/{row.pk}/").content.decode()
        for words in (
            "Kept in promise",
            "Mean of 5 plays",
            "Shaded: 1 week of warm-up",
            "The same as a table",
            "Seed",
        ):
            assert words in page

    def test_progress_moves_and_the_page_loads_again_at_the_end(
        self, client_of, manager, team, busy_desk, now
    ):
        row = scenarios.ask("Slow", team, Wanted(**SMALL), by=manager, at=now)
        browser = client_of(manager)
        part = browser.get(f"/forecast/what-if/{row.pk}/progress/")
        assert "HX-Refresh" not in part
        assert 'value="0"' in part.content.decode()
        scenarios.run_next(at=now)
        assert browser.get(f"/forecast/what-if/{row.pk}/progress/")["HX-Refresh"] == "true"

    def test_side_by_side_says_what_is_better(self, client_of, manager, played):
        base, slow = played(), played("Three times the work", service=200)
        page = client_of(manager).get(f"/forecast/what-if/compare/?s={base.pk}&s={slow.pk}")
        text = page.content.decode()
        assert "compared play by play" in text
        assert "worse" in text

    def test_nothing_to_compare_is_said(self, client_of, manager, played):
        for query in ("", "s=abc", f"s={played().pk}", "s=" + "9" * 30):
            page = client_of(manager).get(f"/forecast/what-if/compare/?{query}")
            assert "Nothing to compare yet" in page.content.decode()

    def test_stopped_then_removed(self, client_of, manager, team, busy_desk, now):
        row = scenarios.ask("Stop me", team, Wanted(**SMALL), by=manager, at=now)
        browser, here = client_of(manager), f"/forecast/what-if/{row.pk}/"
        browser.post(f"{here}remove/")
        assert Scenario.objects.filter(pk=row.pk).exists()
        browser.post(f"{here}stop/")
        row.refresh_from_db()
        assert row.status == Status.STOPPED
        browser.post(f"{here}remove/")
        assert not Scenario.objects.exists()

    def test_the_list_costs_the_same_for_many(
        self, client_of, manager, team, busy_desk, now, django_assert_max_num_queries
    ):
        for n in range(12):
            scenarios.ask(f"S{n}", team, Wanted(**SMALL), by=manager, at=now)
        browser = client_of(manager)
        browser.get("/forecast/what-if/")
        with django_assert_max_num_queries(10):
            assert browser.get("/forecast/what-if/").content.decode().count("<tr>") == 13


class TestApi:
    def test_says_what_may_break_and_the_chances(self, api_of, coordinator, said):
        api = api_of(coordinator)
        rows = api.get("/api/breach-forecasts/?kept=false").json()["results"]
        assert rows[0]["today"] == said.today
        chances = api.get(f"/api/breach-forecasts/{said.pk}/chances/").json()["results"]
        assert len(chances) == said.chances.count()

    def test_a_scenario_from_asking_to_comparing(
        self, api_of, manager, team, busy_desk, now, kinds
    ):
        api, keys = api_of(manager), []
        for name, extra in (("As it is", 0), ("One more", 1)):
            body = {"name": name, "team": team.pk, "extra": extra, **SMALL}
            made = api.post("/api/scenarios/", body, headers={"Idempotency-Key": name})
            assert made.status_code == 202, made.json()
            assert (
                api.post("/api/scenarios/", body, headers={"Idempotency-Key": name}).json()
                == made.json()
            )
            keys.append(made.json()["id"])
            scenarios.run_next(at=now)
        body = api.get(f"/api/scenarios/{keys[0]}/").json()
        assert (body["status"], body["played"]) == ("done", 5)
        assert 0 <= body["figures"]["in_promise"]["mean"] <= 1
        lines = api.get(f"/api/scenarios/compare/?s={keys[0]}&s={keys[1]}").json()
        assert lines[0]["scenarios"][1]["difference"]["n"] == 5
        assert api.post(f"/api/scenarios/{keys[0]}/stop/").status_code == 409
        assert api.delete(f"/api/scenarios/{keys[0]}/").status_code == 204

    @pytest.mark.parametrize(
        "bad",
        [{"extra": 51}, {"hours": {"168": 1}}, {"hours": {"x": 1}}, {"growth": {"999999": 5}}, {"seed": -1},
         {"team": 2**70}, {"team": 10**12}, {"name": "x" * 81}, {"colour": "red"}, {"growth": [1]}, {"name": "\0"}],
    )  # fmt: skip
    def test_refuses_what_makes_no_sense(self, api_of, manager, team, busy_desk, bad):
        body = {"name": "Bad", "team": team.pk, **SMALL, **bad}
        assert api_of(manager).post("/api/scenarios/", body).status_code == 400

    def test_coordinators_may_read_forecasts_and_no_scenarios(self, api_of, coordinator, rep):
        assert api_of(coordinator).get("/api/breach-forecasts/").status_code == 200
        assert api_of(coordinator).get("/api/scenarios/").status_code == 403
        assert api_of(rep).get("/api/breach-forecasts/").status_code == 403
