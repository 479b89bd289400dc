import csv
import io
from datetime import date

import pytest
from django.urls import reverse

from kit.markup import duration
from kpis.definitions import KPIS
from tests.kpis.conftest import HOUR, MONDAY

pytestmark = pytest.mark.django_db(transaction=True)
PERIOD = "from=2026-11-16&to=2026-11-22&clock=calendar"


@pytest.fixture
def browser(client_of, manager):
    return client_of(manager)


def lines(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


class TestPages:
    def test_the_overview_shows_the_five_headlines(self, browser, resolved, roll_up):
        resolved(hours=3)
        roll_up()
        page = browser.get(f"/kpis/?{PERIOD}")
        text = page.content.decode()
        assert page.status_code == 200
        for kpi in KPIS.values():
            assert kpi.measure(kpi.headline).label in text
        assert duration(3 * 3600) in text

    @pytest.mark.parametrize("slug", KPIS)
    def test_each_kpi_shows_its_definition_and_all_its_measures(
        self, slug, browser, resolved, order_of, roll_up
    ):
        resolved()
        order_of()
        roll_up()
        page = browser.get(f"/kpis/{slug}/?{PERIOD}")
        assert page.status_code == 200
        for measure in KPIS[slug].visible:
            assert measure.label in page.content.decode()
        assert f"Definition, version {KPIS[slug].version}" in page.content.decode()

    def test_rows_open_the_request_that_was_counted(self, browser, resolved, roll_up):
        row = resolved()
        roll_up()
        page = browser.get(f"/kpis/turnaround/rows/?{PERIOD}&measure=net")
        assert reverse("desk:request", args=[row.pk]) in page.content.decode()

    def test_reps_may_not_see_them(self, client_of, rep):
        assert client_of(rep).get("/kpis/").status_code == 403
        assert client_of(rep).get("/kpis/turnaround/rows.csv").status_code == 403

    @pytest.mark.parametrize(
        "bad",
        ["from=yesterday", "team=abc", "team=99999999999999999999", "from=2026-11-20&to=2026-11-01",
         "from=0001-01-01", "clock=sideways", "type=%00", "zone=localtime", "zone=%00", "zone=Mars",
         "account=%00", "account=Nobody+we+know", "priority=9", "coordinator=x", "against=never",
         "rep=99999999999999999999"],
    )  # fmt: skip
    def test_a_bad_filter_is_said_and_never_breaks(self, bad, browser):
        page = browser.get(f"/kpis/turnaround/?{bad}")
        assert page.status_code == 400
        assert "could not be used" in page.content.decode()
        assert browser.get(f"/kpis/turnaround/rows.csv?{bad}").status_code == 400

    def test_unknown_kpis_and_measures_are_not_found(self, browser):
        assert browser.get("/kpis/happiness/").status_code == 404
        assert browser.get("/kpis/turnaround/rows/?measure=luck").status_code == 404

    def test_the_query_count_does_not_grow(
        self, browser, resolved, roll_up, django_assert_max_num_queries
    ):
        resolved()
        roll_up()
        browser.get(f"/kpis/turnaround/?{PERIOD}")
        with django_assert_max_num_queries(22):
            browser.get(f"/kpis/turnaround/?{PERIOD}")
        for hours in range(1, 6):
            resolved(at=MONDAY + hours * HOUR)
        roll_up()
        with django_assert_max_num_queries(22):
            browser.get(f"/kpis/turnaround/?{PERIOD}")


class TestDownloads:
    def test_rows_come_as_csv_with_formulas_defused(self, browser, resolved, roll_up):
        resolved(hours=2, subject="seal")
        roll_up()
        found = lines(browser.get(f"/kpis/turnaround/rows.csv?{PERIOD}&measure=net"))
        assert [(r["day"], r["calendar_seconds"]) for r in found] == [("2026-11-16", "7200")]

    def test_figures_come_as_csv(self, browser, resolved, roll_up):
        resolved(hours=2)
        roll_up()
        found = {
            r["measure"]: r for r in lines(browser.get(f"/kpis/turnaround/figures.csv?{PERIOD}"))
        }
        assert found["Net turnaround (T3)"]["median"] == "7200.0"
        assert found["Net turnaround (T3)"]["n"] == "1"

    def test_a_title_that_looks_like_a_formula_is_text(self, browser, rep, roll_up):
        from tests.kpis.test_orders_and_meetings import meeting

        meeting(rep, title="=HYPERLINK(0)")
        roll_up()
        found = lines(browser.get(f"/kpis/meetings/rows.csv?{PERIOD}&measure=held"))
        assert found[0]["record"] == "'=HYPERLINK(0)"


class TestApi:
    def test_returns_measures_with_definition_n_exclusions_and_rows(
        self, api_of, manager, resolved, roll_up
    ):
        resolved(hours=2)
        resolved(outcome="duplicate")
        roll_up()
        body = api_of(manager).get(f"/api/kpis/turnaround/?{PERIOD}").json()
        net = next(m for m in body["measures"] if m["name"] == "net")
        assert (net["median"], net["n"], net["definition_version"]) == (7200, 1, 1)
        assert body["start"] == "2026-11-16"
        assert {e["name"]: e["n"] for e in body["exclusions"]}["excluded.duplicate"] == 1
        rows = api_of(manager).get(net["rows"]).json()
        assert rows["results"][0]["calendar"] == 7200

    @pytest.mark.parametrize("slug", KPIS)
    def test_each_kpi_answers_with_nothing_to_count(self, slug, api_of, manager):
        body = api_of(manager).get(f"/api/kpis/{slug}/").json()
        assert body["kpi"] == slug
        assert all(m["n"] == 0 for m in body["measures"])

    @pytest.mark.parametrize(
        "bad",
        ["from=2026-13-01", "team=-5", "colour=red", "clock=x", "from=2026-11-20&to=2026-11-01"],
    )
    def test_refuses_bad_filters(self, bad, api_of, manager):
        assert api_of(manager).get(f"/api/kpis/turnaround/?{bad}").status_code == 400

    def test_type_means_nothing_where_nothing_is_typed(self, api_of, manager):
        assert api_of(manager).get("/api/kpis/meetings/?type=1").status_code == 400

    @pytest.mark.parametrize("after", ["%00", "zzzz", "WyJ4IiwgMV0", "WyIyMDI2LTEzLTAxIiwgMV0"])
    def test_a_made_up_place_never_breaks_the_rows(self, after, api_of, manager):
        answer = api_of(manager).get(f"/api/kpis/turnaround/rows/?after={after}")
        assert answer.status_code in {200, 400}

    def test_reps_may_not_read_them(self, api_of, rep):
        assert api_of(rep).get("/api/kpis/turnaround/").status_code == 403

    def test_agrees_with_the_page(self, api_of, manager, client_of, resolved, roll_up):
        resolved(hours=5)
        roll_up()
        body = api_of(manager).get(f"/api/kpis/turnaround/?{PERIOD}").json()
        assert next(m for m in body["measures"] if m["name"] == "net")["mean"] == 5 * 3600
        page = client_of(manager).get(f"/kpis/turnaround/?{PERIOD}").content.decode()
        assert duration(5 * 3600) in page
        assert date.fromisoformat(body["end"]) == date(2026, 11, 22)
