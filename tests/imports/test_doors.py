"""The import page and /api/imports/: upload, map, try, import, and what became of it."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Account
from desk.models import SalesRequest
from imports import services
from imports.models import ImportRun, Status
from imports.services.sources import stored

CSV = b"Customer No;Company;City;Credit limit\nA1;Acme;Oslo;10,5\nA2;;Rome;7,25\n"
LOG = (
    b"case,activity,timestamp,resource\n"
    b"T1,Created,2026-11-02T09:00:00Z,Ann\nT1,Responded,2026-11-02T10:00:00Z,Ben\n"
    b"T1,Waiting for customer,2026-11-02T11:00:00Z,Ben\nT1,Reopened by customer,2026-11-02T12:00:00Z,Ben\n"
    b"T1,Solved,2026-11-02T13:00:00Z,Ben\n"
)


def file(content=CSV, name="customers.csv"):
    return SimpleUploadedFile(name, content)


@pytest.fixture
def desk(client_of, coordinator):
    return client_of(coordinator)


@pytest.fixture
def uploaded(desk):
    """`uploaded(kind, content)`: the address of a run that waits for its map."""

    def make(kind="accounts", content=CSV):
        reply = desk.post("/imports/new/", {"kind": kind, "file": file(content)})
        assert reply.status_code == 302, reply.content.decode()
        return reply.url

    return make


def filled(page):
    """What a browser would send from the form as it stands."""
    form = page.context["form"]
    return {b.html_name: b.value() for b in form if b.value() not in (None, "", False)}


class TestPage:
    def test_guesses_the_columns_and_shows_the_first_rows(self, desk, uploaded):
        page = desk.get(uploaded())
        text = page.content.decode()
        assert page.context["form"].fields["column-name"].initial == "Company"
        assert page.context["form"].fields["decimals"].initial == "comma"
        assert "semicolons" in text
        assert "1 of the first 2 rows of customers.csv have a problem." in text
        assert "This is empty." in text

    def test_a_try_then_the_import_with_the_good_rows(self, desk, uploaded, now):
        url = uploaded()
        data = filled(desk.get(url)) | {"good_rows": "good", "intent": "try"}
        assert desk.post(f"{url}start/", data).url == url
        assert "Waiting for a worker" in desk.get(url).content.decode()
        services.run_next(at=now)
        page = desk.get(url).content.decode()
        assert "This would work" in page
        assert Account.objects.count() == 0
        fresh = desk.post(f"{url}again/", {"intent": "import"}).url
        services.run_next(at=now)
        text = desk.get(fresh).content.decode()
        assert "Imported" in text
        assert "This is empty." in text
        assert Account.objects.get().credit_limit == 10.5
        report = b"".join(desk.get(f"{fresh}problems.csv").streaming_content).decode()
        assert "customers.csv,3,Company,This is empty." in report

    def test_all_or_nothing_refuses_and_says_which_rows(self, desk, uploaded, now):
        url = uploaded()
        desk.post(f"{url}start/", filled(desk.get(url)) | {"intent": "import"})
        services.run_next(at=now)
        page = desk.get(url).content.decode()
        assert "1 of 2 rows have problems. Nothing was changed." in page
        assert "Change the columns and try again" in page
        assert Account.objects.count() == 0

    def test_a_map_without_a_required_column_keeps_what_was_chosen(self, desk, uploaded):
        url = uploaded()
        data = filled(desk.get(url)) | {
            "column-name": "",
            "column-city": "Company",
            "intent": "try",
        }
        page = desk.post(f"{url}start/", data)
        assert page.status_code == 422
        assert "Choose a column for: Name." in page.content.decode()
        assert page.context["form"]["column-city"].value() == "Company"
        assert ImportRun.objects.get().status == Status.UPLOADED

    def test_looking_again_previews_another_map_without_starting(self, desk, uploaded):
        url = uploaded()
        data = filled(desk.get(url)) | {"column-name": "City", "intent": "look"}
        page = desk.post(f"{url}start/", data)
        assert page.context["preview"].rows[0][0].text == "Oslo"
        assert ImportRun.objects.get().status == Status.UPLOADED

    def test_progress_is_shown_and_the_page_loads_again_at_the_end(self, desk, uploaded, now):
        url = uploaded()
        desk.post(f"{url}start/", filled(desk.get(url)) | {"intent": "import", "good_rows": "good"})
        ImportRun.objects.update(status="running", phase="reading", rows_read=500, rows_total=1000)
        part = desk.get(f"{url}progress/")
        assert 'value="50"' in part.content.decode()
        assert "HX-Refresh" not in part
        ImportRun.objects.update(status="done")
        assert desk.get(f"{url}progress/")["HX-Refresh"] == "true"

    def test_activities_of_a_log_get_their_meaning_on_the_page(self, desk, uploaded, types, now):
        url = uploaded("request-log", LOG)
        page = desk.get(url)
        meant = {value: bound.value() for value, _, bound, _ in page.context["form"].meanings}
        assert meant["Solved"] == "resolved"
        assert meant["Waiting for customer"] == "waiting"
        desk.post(f"{url}start/", filled(page) | {"intent": "import"})
        services.run_next(at=now)
        row = SalesRequest.objects.get()
        assert (row.external_id, row.status) == ("T1", "done")
        assert [s.party for s in row.custody.order_by("started_at")][1:] == ["desk", "rep", "desk"]

    def test_a_file_that_the_portal_knows_comes_with_its_map(self, desk, real_data, types):
        path = real_data / "helpdesk_log" / "helpdesk.csv.gz"
        body = {"kind": "request-log", "file": file(path.read_bytes(), path.name)}
        page = desk.post("/imports/new/", body, follow=True)
        assert "recognised as The help desk log of 4TU" in page.content.decode()
        meant = {value: bound.value() for value, _, bound, _ in page.context["form"].meanings}
        assert (meant["Take in charge ticket"], meant["Assign seriousness"]) == (
            "first_response",
            "",
        )
        assert page.context["form"]["ends_with_last"].value() is True

    @pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"a,a\n1,2"])
    def test_a_file_that_is_no_table_says_so(self, desk, content):
        reply = desk.post("/imports/new/", {"kind": "accounts", "file": file(content)}, follow=True)
        assert reply.status_code in {200, 422}
        words = ("The submitted file is empty", "PDF", "What do the columns mean")
        assert any(w in reply.content.decode() for w in words)

    def test_lines_belong_to_orders_only(self, desk):
        body = {"kind": "accounts", "file": file(), "lines": file(name="lines.csv")}
        reply = desk.post("/imports/new/", body)
        assert reply.status_code == 422
        assert "Only orders have lines" in reply.content.decode()

    def test_reps_do_not_import(self, client_of, rep, uploaded):
        assert client_of(rep).get(uploaded()).status_code == 403

    def test_the_list_costs_the_same_for_few_and_many(self, desk, coordinator, now):
        desk.get("/imports/")
        costs = []
        for count in (3, 40):
            for _ in range(count):
                ImportRun.objects.create(
                    kind="accounts", file_name="a.csv", created_at=now, by=coordinator
                )
            with CaptureQueriesContext(connection) as queries:
                desk.get("/imports/")
            costs.append(len(queries))
        assert costs[0] == costs[1] <= 4


class TestWorkers:
    def test_a_run_is_taken_by_one_worker_only(self, desk, uploaded, now):
        url = uploaded()
        desk.post(f"{url}start/", filled(desk.get(url)) | {"intent": "import", "good_rows": "good"})
        assert services.run_next(at=now) is not None
        assert services.run_next(at=now) is None
        assert Account.objects.count() == 1

    def test_a_run_whose_worker_died_is_done_by_another_once(self, desk, uploaded, now):
        url = uploaded()
        desk.post(f"{url}start/", filled(desk.get(url)) | {"intent": "import", "good_rows": "good"})
        lease = now + timedelta(minutes=30)
        ImportRun.objects.update(status="running", started_at=now, lease_until=lease)
        assert services.run_next(at=now + timedelta(minutes=29)) is None
        assert services.run_next(at=now + timedelta(minutes=31)).created == 1

    def test_a_worker_that_was_given_up_writes_nothing(self, desk, uploaded, now, monkeypatch):
        url = uploaded()
        desk.post(f"{url}start/", filled(desk.get(url)) | {"intent": "import", "good_rows": "good"})
        from imports.services import work

        real = work.staging.left

        def taken_over_meanwhile(kind, **joined):
            ImportRun.objects.update(started_at=now + timedelta(hours=1))
            return real(kind, **joined)

        monkeypatch.setattr(work.staging, "left", taken_over_meanwhile)
        services.run_next(at=now)
        assert Account.objects.count() == 0
        assert ImportRun.objects.get().status == Status.RUNNING

    def test_files_are_forgotten_after_a_week_unless_still_used(self, desk, uploaded, now):
        uploaded()
        run = ImportRun.objects.get()
        path = stored(run.stored_as)
        fresh = services.again(run, by=run.by, at=run.created_at + timedelta(days=5))
        services.forget_files(at=run.created_at + timedelta(days=8))
        assert path.exists()
        services.forget_files(at=run.created_at + timedelta(days=13))
        assert not path.exists()
        fresh.refresh_from_db()
        assert fresh.stored_as == ""


class TestApi:
    def post(self, api, **body):
        return api.post(
            "/api/imports/", {"kind": "accounts", "file": file(), **body}, format="multipart"
        )

    def test_queues_a_file_and_tells_how_it_went(self, api_of, coordinator, now):
        api = api_of(coordinator)
        reply = self.post(api, good_rows_only="true")
        assert (reply.status_code, reply.json()["status"]) == (202, "queued")
        url = f"/api/imports/{reply.json()['id']}/"
        services.run_next(at=now)
        told = api.get(url).json()
        assert (told["status"], told["created"], told["rows_bad"]) == ("done", 1, 1)
        (problem,) = api.get(f"{url}problems/").json()["results"]
        assert (problem["row"], problem["column"], problem["reason"]) == (
            3,
            "Company",
            "This is empty.",
        )

    def test_takes_a_map(self, api_of, coordinator, now):
        raw = {"columns": {"name": "City", "external_id": "Customer No"}}
        self.post(api_of(coordinator), map=json.dumps(raw))
        services.run_next(at=now)
        assert set(Account.objects.values_list("name", flat=True)) == {"Oslo", "Rome"}

    @pytest.mark.parametrize(
        ("body", "status"),
        [({"map": "{"}, 400), ({"map": "[]"}, 400), ({"map": '{"x": 1}'}, 422), ({"kind": "x"}, 400),
         ({"lines": SimpleUploadedFile("l.csv", b"a\n1")}, 400), ({"colour": "red"}, 400),
         ({"map": '{"columns": {"name": 1}}'}, 422), ({"map": "[" * 9000}, 400)],
    )  # fmt: skip
    def test_says_what_cannot_be_used(self, api_of, coordinator, body, status):
        reply = self.post(api_of(coordinator), **body)
        assert reply.status_code == status, reply.content
        assert reply["Content-Type"] == "application/problem+json"
        assert ImportRun.objects.count() == 0

    def test_the_same_key_uploads_once(self, api_of, coordinator):
        api = api_of(coordinator)
        for _ in range(2):
            reply = api.post(
                "/api/imports/", {"kind": "accounts", "file": file()}, format="multipart",
                HTTP_IDEMPOTENCY_KEY="k1",
            )  # fmt: skip
        assert reply.status_code == 202, reply.content
        assert ImportRun.objects.count() == 1
        other = api.post(
            "/api/imports/", {"kind": "accounts", "file": file(b"name\nX\n")}, format="multipart",
            HTTP_IDEMPOTENCY_KEY="k1",
        )  # fmt: skip
        assert other.status_code == 422

    def test_reps_do_not_import(self, api_of, rep):
        assert self.post(api_of(rep)).status_code == 403
