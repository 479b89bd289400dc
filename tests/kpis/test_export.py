"""Facts in files: whole or not at all, with nobody's contact in them, and the same figures as the pages."""

import csv
import gzip
import io
import json
import re
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forecast.engine.stats import percentile
from journal import services as journal
from journal.models import Cursor
from kpis.definitions import ANSWER_SECONDS, KPIS
from kpis.export import schema, services, writing
from kpis.export.models import Export
from kpis.models import RequestFact
from tests import factories
from tests.kpis.conftest import MONDAY
from tests.kpis.test_orders_and_meetings import meeting

pytestmark = pytest.mark.django_db(transaction=True)
PERIOD = "from=2026-11-16&to=2026-11-22&clock=business"
WEEK = (date(2026, 11, 16), date(2026, 11, 22))
DOCS = Path(__file__).parents[2] / "docs" / "star-schema.md"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.KPI_EXPORT_DIR = tmp_path / "exports"
    return settings.KPI_EXPORT_DIR


@pytest.fixture
def filled(resolved, order_of, rep, roll_up, coordinator):
    """A week with something of everything."""
    for hours, met in ((1.5, True), (3.25, False), (7, True), (2, None)):
        row = resolved(hours=hours, met=met, parties=[("desk", hours / 2), ("rep", hours / 2)])
    row.reopened = 1
    row.save()
    resolved(outcome="duplicate")
    for _ in range(3):
        order_of()
    gone = order_of(status="cancelled", handed_off_at=None)
    journal.record("orders.order.cancelled", gone, by=coordinator, at=MONDAY)
    meeting(rep, title="Plant visit")
    roll_up()


@pytest.fixture
def export(manager, now):
    def make(form="parquet"):
        services.ask(form, by=manager, at=now)
        return services.run_next(at=now) and Export.objects.latest("pk")

    return make


def read(row, name):
    return pq.read_table(services.folder_of(row) / f"{name}.parquet")


def dicts(row, name, day, where=lambda r: True):
    """Rows of the week by a day column."""
    return [
        r
        for r in read(row, name).to_pylist()
        if r[day] and WEEK[0] <= r[day] <= WEEK[1] and where(r)
    ]


def duration(rows, column):
    values = sorted(r[column] for r in rows if r[column] is not None)
    if not values:
        return (None, None, None, 0)
    return percentile(values, 0.5), percentile(values, 0.9), sum(values) / len(values), len(values)


def share(rows, hit):
    return (sum(map(bool, map(hit, rows))) / len(rows) if rows else None), len(rows)


def counted(r):
    return r["excluded"] == ""


class TestFigures:
    """Computed from the files alone; each must equal what the API says, to the last digit."""

    def api(self, api_of, manager, slug):
        body = api_of(manager).get(f"/api/kpis/{slug}/?{PERIOD}").json()
        return {m["name"]: m for m in body["measures"]}, {
            e["name"]: e["n"] for e in body["exclusions"]
        }

    def same(self, measure, found):
        wanted = (measure["median"], measure["p90"], measure["mean"], measure["n"])
        assert found == wanted, measure["name"]
        assert measure["n"]

    def same_share(self, measure, found, *, some=True):
        assert found == (measure["value"], measure["n"]), measure["name"]
        assert measure["n"] or not some

    def test_turnaround(self, filled, export, api_of, manager):
        row, (said, left) = export(), self.api(api_of, manager, "turnaround")
        done = dicts(row, "fact_request", "resolved_day", counted)
        self.same(said["net"], duration(done, "net_business"))
        self.same(said["gross"], duration(done, "gross_business"))
        answered = dicts(row, "fact_request", "responded_day", counted)
        self.same(said["first_response"], duration(answered, "response_business"))
        first = dicts(row, "fact_request", "first_resolved_day", counted)
        self.same(said["first_resolution"], duration(first, "resolution_business"))
        closed = dicts(row, "fact_request", "closed_day", counted)
        self.same(said["case"], duration(closed, "case_business"))
        promised = [r for r in done if r["resolution_met"] is not None]
        self.same_share(said["sla_resolution"], share(promised, lambda r: r["resolution_met"]))
        self.same_share(said["reopened"], share(done, lambda r: r["reopened"] > 0))
        doubles = dicts(row, "fact_request", "resolved_day", lambda r: r["excluded"] == "duplicate")
        assert len(doubles) == left["excluded.duplicate"] == 1
        assert sum(r["held_business_desk"] + r["held_business_rep"] for r in done) == sum(
            r["gross_business"] for r in done
        )

    def test_accuracy(self, filled, export, api_of, manager):
        row, (said, left) = export(), self.api(api_of, manager, "accuracy")
        handed = dicts(row, "fact_order", "handed_off_day")
        self.same_share(said["accuracy"], share(handed, lambda r: not r["wrong"]))
        self.same_share(said["first_pass"], share(handed, lambda r: not r["corrected"]))
        lines = sum(r["lines"] for r in handed)
        assert (
            said["line_accuracy"]["value"]
            == (lines - sum(r["wrong_lines"] for r in handed)) / lines
        )
        placed = dicts(row, "fact_order", "placed_day", lambda r: not r["cancelled"])
        revenue = sum((r["net"] for r in placed if r["currency"] == "EUR"), Decimal(0))
        assert said["revenue"]["value"] == float(revenue) > 0
        assert left["excluded.cancelled"] == 1

    def test_conversion_response_and_meetings(self, filled, export, api_of, manager):
        row, (said, _) = export(), self.api(api_of, manager, "conversion")
        sent = dicts(row, "fact_quote", "sent_day")
        self.same_share(said["conversion"], share(sent, lambda r: r["converted"]), some=False)
        said, _ = self.api(api_of, manager, "response")
        answers = dicts(row, "fact_turn", "closed_day", lambda r: not r["not_needed"])
        timed = [r for r in answers if r["answer_calendar"] is not None]
        found = share(timed, lambda r: r["answer_business"] <= ANSWER_SECONDS)
        self.same_share(said["in_target"], found, some=False)
        said, _ = self.api(api_of, manager, "meetings")
        due = dicts(row, "fact_meeting", "due_day", lambda r: r["due"])
        self.same_share(said["held"], share(due, lambda r: r["outcome"] == "held"), some=False)
        self.same_share(said["held_on_time"], share(due, lambda r: r["on_time"]), some=False)

    def test_a_changed_file_would_be_noticed(self, filled, export, api_of, manager):
        """The negative control: without one row the figure is another."""
        row, (said, _) = export(), self.api(api_of, manager, "turnaround")
        done = dicts(row, "fact_request", "resolved_day", counted)
        assert duration(done[1:], "net_business")[3] != said["net"]["n"]


class TestFiles:
    def test_the_manifest_says_what_is_in_them(self, filled, export):
        row = export()
        folder = services.folder_of(row)
        manifest = json.loads((folder / "manifest.json").read_text())
        assert manifest == row.manifest
        assert {p["name"] for p in manifest["tables"]} == {t.name for t in schema.tables()}
        for part in manifest["tables"]:
            assert writing.digest(folder / part["file"]) == part["sha256"]
            assert pq.read_metadata(folder / part["file"]).num_rows == part["rows"]
        assert int(manifest["journal_cursor"]["entry"]) == Cursor.objects.get(name="kpis").entry_id
        assert manifest["definitions"]["turnaround"] == KPIS["turnaround"].version

    def test_money_is_decimal_and_moments_are_utc(self, filled, export):
        row = export()
        assert read(row, "fact_order").schema.field("net").type == pa.decimal128(16, 4)
        assert read(row, "fact_request").schema.field("submitted_at").type == pa.timestamp(
            "us", "UTC"
        )
        assert read(row, "fact_order").to_pylist()[0]["net"] == Decimal("200.0000")

    def test_csv_says_the_same(self, filled, export):
        parquet, packed = export(), export("csv")
        text = gzip.decompress((services.folder_of(packed) / "fact_request.csv.gz").read_bytes())
        rows = list(csv.DictReader(io.StringIO(text.decode())))
        wanted = read(parquet, "fact_request").to_pylist()
        assert [int(r["request_id"]) for r in rows] == [r["request_id"] for r in wanted]
        assert [r["net_business"] for r in rows] == [
            "" if r["net_business"] is None else str(r["net_business"]) for r in wanted
        ]

    def test_every_key_of_a_fact_finds_its_row(self, filled, export):
        row = export()
        for key, dim in (("team_id", "dim_team"), ("type_id", "dim_request_type")):
            known = set(read(row, dim).column("id").to_pylist())
            assert set(read(row, "fact_request").column(key).to_pylist()) <= known
        days = set(read(row, "dim_date").column("day").to_pylist())
        assert {
            d for d in read(row, "fact_request").column("resolved_day").to_pylist() if d
        } <= days

    def test_no_contact_is_in_any_of_it(self, filled, export, rep):
        contact = factories.ContactFactory(
            name="Violet Thistlewood", email="violet@thistle.example"
        )
        rep.name = "Daniel Okafor"
        row = export("csv")
        every = b"".join(
            gzip.decompress(p.read_bytes()) for p in services.folder_of(row).glob("*.gz")
        )
        for secret in (contact.name, contact.email, rep.email, "@example.com"):
            assert secret.encode() not in every
        assert rep.name.encode() in every  # colleagues are named, so the search can find a name

    def test_names_that_look_like_formulas_are_text(self, filled, export):
        factories.AccountFactory(name="=HYPERLINK(0)")
        row = export("csv")
        text = gzip.decompress(
            (services.folder_of(row) / "dim_account.csv.gz").read_bytes()
        ).decode()
        assert "'=HYPERLINK(0)" in text

    def test_an_empty_portal_exports_empty_tables(self, export):
        row = export()
        assert row.status == Export.Status.DONE
        assert read(row, "fact_request").num_rows == 0


class TestRuns:
    def test_a_killed_run_leaves_no_half_export(self, filled, manager, now, folder, monkeypatch):
        services.ask("parquet", by=manager, at=now)
        real = writing.write
        calls = []

        def dies(table, *rest):
            calls.append(table.name)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return real(table, *rest)

        monkeypatch.setattr(writing, "write", dies)
        monkeypatch.setattr(
            services.shutil, "rmtree", lambda *a, **k: None
        )  # killed: no time to clean
        with pytest.raises(KeyboardInterrupt):
            services.run_next(at=now)
        monkeypatch.undo()
        assert [p.name[0] for p in folder.iterdir()] == ["."]
        assert services.run_next(at=now + timedelta(minutes=1)) is None  # the lease still runs
        services.run_next(at=now + timedelta(minutes=11))
        row = Export.objects.get()
        assert row.status == Export.Status.DONE
        assert [p.name for p in folder.iterdir()] == [row.folder]

    def test_nights_come_once_and_only_when_they_are_on(self, settings, now):
        settings.KPI_EXPORT_HOUR = None
        assert services.nightly(at=now) is None
        settings.KPI_EXPORT_HOUR = 11  # it is ten
        assert services.nightly(at=now) is None
        settings.KPI_EXPORT_HOUR = 2
        assert services.nightly(at=now).night == date(2026, 11, 24)
        assert services.nightly(at=now + timedelta(minutes=1)) is None
        assert services.nightly(at=now + timedelta(days=1)) is not None

    def test_old_files_go_and_their_row_stays(self, filled, export, now, folder):
        row = export()
        assert services.forget(at=now + timedelta(days=13)) == 0
        assert services.forget(at=now + timedelta(days=15)) == 1
        row.refresh_from_db()
        assert row.status == Export.Status.REMOVED
        assert list(folder.iterdir()) == []

    def test_three_dead_workers_are_enough(self, manager, now):
        row = services.ask("parquet", by=manager, at=now)
        Export.objects.filter(pk=row.pk).update(attempts=3)
        services.run_next(at=now)
        row.refresh_from_db()
        assert row.status == Export.Status.FAILED

    def test_one_at_a_time(self, manager, now):
        services.ask("parquet", by=manager, at=now)
        with pytest.raises(services.Refused, match="under way"):
            services.ask("parquet", by=manager, at=now)


class TestDoors:
    def test_a_manager_asks_and_downloads_all_as_one(self, client_of, manager, filled, now):
        browser = client_of(manager)
        page = browser.post("/kpis/export/ask/", {"format": "csv", "idempotency_key": "k1"})
        again = browser.post("/kpis/export/ask/", {"format": "csv", "idempotency_key": "k1"})
        assert page.url == again.url
        assert "Waiting for a worker" in browser.get(page.url).content.decode()
        services.run_next(at=now)
        assert "Download as ZIP" in browser.get(page.url).content.decode()
        body = b"".join(browser.get(f"{page.url}export.zip").streaming_content)
        names = {Path(n).name for n in zipfile.ZipFile(io.BytesIO(body)).namelist()}
        assert {"manifest.json", "fact_request.csv.gz", "dim_date.csv.gz"} <= names

    def test_the_list_costs_the_same_for_many(
        self, client_of, manager, now, django_assert_max_num_queries
    ):
        Export.objects.bulk_create(
            Export(format="csv", by=manager, asked_at=now) for _ in range(20)
        )
        browser = client_of(manager)
        browser.get("/kpis/export/")
        with django_assert_max_num_queries(10):
            assert browser.get("/kpis/export/").status_code == 200

    def test_coordinators_may_not(self, client_of, coordinator):
        assert client_of(coordinator).get("/kpis/export/").status_code == 403
        assert (
            client_of(coordinator).post("/kpis/export/ask/", {"format": "csv"}).status_code == 403
        )

    @pytest.mark.parametrize("form", ["", "exe", "\0", "x" * 100_000])
    def test_another_kind_of_file_is_refused(self, client_of, manager, form):
        client_of(manager).post("/kpis/export/ask/", {"format": form})
        assert not Export.objects.exists()

    def test_the_api_does_the_same(self, api_of, manager, filled, now):
        api = api_of(manager)
        made = api.post("/api/kpi-exports/", {"format": "parquet"})
        assert made.status_code == 202
        assert api.post("/api/kpi-exports/", {"format": "parquet"}).status_code == 409
        assert api.get(f"/api/kpi-exports/{made.json()['id']}/download/").status_code == 404
        services.run_next(at=now)
        body = api.get(f"/api/kpi-exports/{made.json()['id']}/").json()
        assert body["status"] == "done"
        assert body["rows"] > 10
        whole = api.get(f"/api/kpi-exports/{made.json()['id']}/download/").getvalue()
        assert "fact_request.parquet" in str(zipfile.ZipFile(io.BytesIO(whole)).namelist())


class TestDocs:
    def test_every_column_is_in_the_docs(self):
        text = DOCS.read_text()
        for table in schema.tables():
            section = re.split(r"\n## ", text.split(f"## {table.name}\n")[1])[0]
            missing = [c.name for c in table.columns if f"`{c.name}`" not in section]
            assert missing == [], table.name

    def test_a_new_column_of_a_fact_is_exported_at_once(self):
        names = {c.name for c in schema.fact_table("fact_request", RequestFact).columns}
        plain = {f.attname for f in RequestFact._meta.concrete_fields} - {
            "held_calendar",
            "held_business",
        }
        assert plain <= names
        assert {"held_calendar_desk", "held_business_approver"} <= names
