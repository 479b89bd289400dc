"""Activities taken out, read over the API, and found by indexes when there are many."""

import csv
import io
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.http import QueryDict
from openpyxl import load_workbook

from crm.models import Activity, activities
from crm.queries import lists
from crm.queries.listings import ACTIVITIES
from journal.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db


def said(user, query=""):
    rows = lists.rows_for("activity", user, QueryDict(query))
    return sorted(rows.values_list("text", flat=True))


def text(answer):
    return answer.content.decode()


@pytest.fixture
def log(now):
    return partial(factories.activity, at=now)


class TestExport:
    def rows(self, client, query=""):
        reply = client.get(f"/accounts/export/activities.csv?{query}")
        words = b"".join(reply.streaming_content).decode("utf-8-sig")
        return [row["What was said"] for row in csv.DictReader(io.StringIO(words))]

    def test_the_filters_and_the_order_of_the_list_go_along_and_it_is_written_down(
        self, log, rep, coordinator, now, client_of
    ):
        log(rep, "Older", happened_at=now - timedelta(days=2))
        log(rep, "x" * 300)
        log(coordinator, "Other")
        client = client_of(coordinator)
        assert self.rows(client, f"by={rep.pk}") == ["x" * 300, "Older"]
        data = Entry.objects.get(action="crm.export.made").data
        assert data == {"kind": "activities", "form": "csv", "rows": 2, "filters": f"by={rep.pk}"}
        page = text(client.get(f"/activities/?by={rep.pk}"))
        assert f"/accounts/export/activities.csv?by={rep.pk}" in page
        assert f"/accounts/export/activities.xlsx?by={rep.pk}" in page

    def test_private_notes_of_others_stay_in(self, log, rep, coordinator, client_of):
        log(rep, "Quiet", kind="note", is_private=True)
        log(rep, "Loud")
        assert self.rows(client_of(coordinator)) == ["Loud"]
        assert sorted(self.rows(client_of(rep))) == ["Loud", "Quiet"]

    def test_as_a_workbook(self, log, rep, client_of):
        log(rep, "Curve", outcome="reached", minutes=5)
        reply = client_of(rep).get("/accounts/export/activities.xlsx")
        sheet = load_workbook(io.BytesIO(b"".join(reply.streaming_content))).active
        head, row = [[cell.value for cell in line] for line in sheet.iter_rows()]
        found = dict(zip(head, row, strict=True))
        assert (found["Kind"], found["Outcome"], found["Minutes"]) == ("Call", "Reached", 5)


class TestApi:
    def test_filters_as_the_page_does(self, log, rep, coordinator, api_of, now):
        log(rep, "Curve", outcome="reached", is_incoming=True)
        log(coordinator, "Seal", kind="note", happened_at=now - timedelta(days=3))
        api = api_of(coordinator)
        ask = lambda **asked: [  # noqa: E731
            row["text"] for row in api.get("/api/activities/", asked).json()["results"]
        ]
        assert ask() == ["Seal", "Curve"]
        day = (now - timedelta(days=1)).isoformat()
        assert ask(q="cur") == ask(outcome="reached") == ask(is_incoming="true") == ["Curve"]
        assert ask(by=rep.pk) == ask(since=day) == ["Curve"]
        assert ask(until=day) == ask(is_incoming="false") == ask(kind="note") == ["Seal"]
        assert api.get("/api/activities/", {"outcom": "x"}).status_code == 400

    def test_goes_on_by_a_cursor_and_costs_the_same_however_many(
        self, log, rep, api_of, django_assert_max_num_queries
    ):
        for n in range(5):
            log(rep, f"call-{n}")
        api = api_of(rep)
        first = api.get("/api/activities/", {"page_size": 3}).json()
        rest = api.get(first["next"]).json()
        assert len(first["results"] + rest["results"]) == 5
        assert rest["next"] is None
        with django_assert_max_num_queries(6):
            api.get("/api/activities/")


class TestIndexes:
    @pytest.fixture(autouse=True)
    def many(self, rep, coordinator, now):
        """So many that the planner cares."""
        account = factories.AccountFactory()
        Activity.objects.bulk_create(
            Activity(kind="call", account=account, text=f"Curve {n} of the pump",
                     by=(rep, coordinator)[n % 2], at=now - timedelta(minutes=n))
            for n in range(5_000)
        )  # fmt: skip
        with connection.cursor() as sql:
            sql.execute("ANALYZE crm_activity")

    def plan(self, user, query, *, whole=False):
        params = QueryDict(query)
        rows = lists.rows_for("activity", user, params)
        if whole:
            rows = lists.whole(ACTIVITIES, rows, lists.said_of(params))
            return rows.order_by().values("pk")[: lists.CAP + 1].explain()
        rows, keys = lists.ordered(ACTIVITIES, rows, lists.said_of(params))
        return rows.order_by(*keys)[:51].explain()

    @pytest.mark.parametrize(
        ("query", "index"),
        [("", "crm_activity_newest"), ("sort=old", "crm_activity_newest"),
         ("by=me", "crm_activity_of_person")],
    )  # fmt: skip
    def test_no_order_sorts_whatever_may_be_seen(self, rep, coordinator, query, index):
        for user in (coordinator, rep):  # with the rule of territories, and without
            plan = self.plan(user, query)
            assert index in plan
            assert "Sort" not in plan

    def test_common_words_are_met_along_the_order_and_counted_by_their_index(
        self, coordinator, monkeypatch
    ):
        monkeypatch.setattr(activities, "COMMON", 3)
        assert "crm_activity_newest" in self.plan(coordinator, "q=pump")
        assert "crm_activity_words" not in self.plan(coordinator, "q=curve 47")
        assert "crm_activity_words" in self.plan(coordinator, "q=curve 47", whole=True)

    def test_both_ways_to_search_find_the_same(self, coordinator, monkeypatch):
        rare = said(coordinator, "q=curve 47")
        monkeypatch.setattr(activities, "COMMON", 3)
        assert said(coordinator, "q=curve 47") == rare
        assert len(rare) == 111
