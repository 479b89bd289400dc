"""The pages: upload, map, check, import, stop; and the logs that come of it."""

import gzip
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from journal.models import Entry
from process.importing import files, services
from process.importing.models import LogImport, LogImportProblem
from process.models import EventLog
from tests.process.importing.conftest import CSV, steps_of, trace, uploaded, xes

BAD = CSV + "T3;;2026-03-04 09:00;Ann\nT4;Opened;soon;Ann\n"


@pytest.fixture
def desk(client_of, manager):
    return client_of(manager)


@pytest.fixture
def sent(desk):
    """`sent(content)`: the address of an import that waits for its map."""

    def send(content=CSV, name="tickets.csv", query=""):
        reply = desk.post(f"/process/logs/new/{query}", {"file": uploaded(content, name)})
        assert reply.status_code == 302, reply.content.decode()
        return reply.url

    return send


def filled(page):
    """What a browser would send from the form as it stands."""
    form = page.context["form"]
    return {b.html_name: b.value() for b in form if b.value() not in (None, "", False)}


def checked(desk, url, now, *, intent="check", **more):
    reply = desk.post(f"{url}start/", {**filled(desk.get(url)), **more, "intent": intent})
    assert reply.status_code == 302, reply.content.decode()
    services.run_next(at=now)
    return desk.get(url)


class TestMap:
    def test_says_what_was_guessed_and_draws_the_first_cases(self, desk, sent):
        page = desk.get(sent())
        text = page.content.decode()
        fields = page.context["form"].fields
        assert [fields[r].initial for r in ("case", "activity", "time", "resource")] == [
            "Ticket", "Status", "Changed at", "User",
        ]  # fmt: skip
        assert "guessed by its name" in text
        assert "semicolons" in text
        assert [(c.key, [s.activity for s in c.steps]) for c in page.context["preview"].cases] == [
            ("T1", ["Opened", "Solved"]), ("T2", ["Opened"]),
        ]  # fmt: skip

    def test_columns_without_telling_names_are_guessed_by_what_is_in_them(self, desk, sent):
        rows = [
            f"x{i},K-{i // 4},{('Open', 'Work', 'Wait', 'Done')[i % 4]},2026-03-{i % 28 + 1:02} 10:00"
            for i in range(80)
        ]
        page = desk.get(sent("a,b,c,d\n" + "\n".join(rows)))
        fields = page.context["form"].fields
        assert [fields[r].initial for r in ("case", "activity", "time")] == ["b", "c", "d"]
        assert "guessed by what is in it" in page.content.decode()

    def test_names_what_is_wrong_with_the_first_rows(self, desk, sent):
        text = desk.get(sent(BAD)).content.decode()
        assert "2 of the first 5 events cannot be read." in text
        assert "The activity is empty." in text
        assert "“soon” is not a time" in text

    def test_a_missing_choice_is_said_beside_its_field_and_the_others_are_kept(self, desk, sent):
        url = sent()
        data = filled(desk.get(url)) | {"name": "Tickets of old", "intent": "check"}
        del data["activity"]
        reply = desk.post(f"{url}start/", data)
        assert reply.status_code == 422
        assert "Choose a column." in reply.content.decode()
        assert "Tickets of old" in reply.content.decode()

    def test_day_and_month_are_asked_for_where_both_orders_fit(self, desk, sent, now):
        url = sent(CSV.replace("2026-03-02", "02/03/2026").replace("2026-03-03", "03/03/2026"))
        data = filled(desk.get(url)) | {"intent": "check"}
        assert "date_order" not in data
        reply = desk.post(f"{url}start/", data)
        assert reply.status_code == 422
        assert "Both orders fit this file." in reply.content.decode()
        checked(desk, url, now, intent="import", date_order="day")
        log = EventLog.objects.get()
        assert {(at.month, at.day) for _, _, at, _ in steps_of(log)} == {(3, 2), (3, 3)}

    def test_an_order_that_only_fits_one_way_is_taken(self, desk, sent):
        url = sent(CSV.replace("2026-03-02", "22/03/2026").replace("2026-03-03", "03/03/2026"))
        assert filled(desk.get(url))["date_order"] == "day"

    @pytest.mark.parametrize(
        "wrong",
        [{"zone": "Mars/Base"}, {"case": "nowhere"}, {"zone": "a\0b"}, {"name": "x" * 100_000},
         {"calendar": "9" * 30}, {"moments": "never"}, {"case": "Status"}, {"name": "a\0b"}],
        ids=str,
    )  # fmt: skip
    def test_nonsense_is_refused_on_the_page(self, desk, sent, wrong):
        url = sent()
        reply = desk.post(f"{url}start/", {**filled(desk.get(url)), **wrong, "intent": "check"})
        assert reply.status_code == 422
        assert LogImport.objects.get().status == "uploaded"

    def test_looking_again_changes_nothing(self, desk, sent):
        url = sent()
        data = filled(desk.get(url)) | {"activity": "User", "intent": "look"}
        page = desk.post(f"{url}start/", data)
        assert page.status_code == 200
        assert page.context["preview"].cases[0].steps[0].activity == "Ann"
        assert LogImport.objects.get().status == "uploaded"


class TestUpload:
    @pytest.mark.parametrize(
        ("content", "words"),
        [(b"", "empty"), (gzip.compress(CSV.encode() * 50)[:60], "ends too early")],
        ids=["empty", "cut"],  # a gzip file holds the second of its making
    )
    def test_a_file_that_cannot_be_a_log_is_refused_beside_the_field(self, desk, content, words):
        reply = desk.post("/process/logs/new/", {"file": uploaded(content, "log.csv.gz")})
        assert reply.status_code == 422
        assert words in reply.content.decode()
        assert LogImport.objects.count() == 0

    def test_a_refused_file_is_not_kept(self, desk, settings, tmp_path):
        settings.UPLOAD_DIR = tmp_path / "up"
        desk.post("/process/logs/new/", {"file": uploaded(gzip.compress(b"a" * 999)[:20])})
        assert list((tmp_path / "up").iterdir()) == []

    def test_a_double_submit_makes_one_import(self, desk):
        sends = [
            desk.post("/process/logs/new/", {"file": uploaded(CSV), "idempotency_key": "k"}).url
            for _ in range(2)
        ]
        assert sends[0] == sends[1]
        assert LogImport.objects.count() == 1

    def test_the_same_file_again_is_recognised(self, desk, sent, now):
        checked(desk, sent(), now, intent="import")
        text = desk.get(sent(name="other.csv")).content.decode()
        assert "This very file was imported before" in text
        assert "This very file" not in desk.get(sent(CSV + "T9;A;2026-03-04;\n")).content.decode()

    def test_an_unreadable_file_says_why_on_its_page(self, desk, sent):
        text = desk.get(sent(b"<log><trace></log>", "log.xes")).content.decode()
        assert "This file cannot be read as a log" in text
        assert "damaged at line 1" in text


class TestCheckAndImport:
    def test_the_check_counts_everything_and_writes_nothing(self, desk, sent, now):
        text = checked(desk, sent(BAD), now).content.decode()
        assert "2 of 5 rows cannot be taken" in text
        assert "Import the good rows" in text
        run = LogImport.objects.get()
        assert (run.cases, run.events, run.activities, run.rows_bad) == (2, 3, 2, 2)
        assert run.found["activities"] == [["Opened", 2, 2], ["Solved", 1, 1]]
        assert EventLog.objects.count() == 0

    def test_then_the_good_rows_go_in(self, desk, sent, now, manager):
        url = sent(BAD)
        checked(desk, url, now)
        assert desk.post(f"{url}go-on/", {"intent": "good"}).url == url
        services.run_next(at=now)
        assert "Imported as “Tickets”" in desk.get(url).content.decode()
        log = EventLog.objects.get()
        assert (log.name, log.cases, log.events, log.made_by) == ("Tickets", 2, 3, manager)
        entry = Entry.objects.get(action="process.logimport.done")
        assert (entry.actor_id, entry.data["events"]) == (manager.pk, 3)

    def test_all_or_nothing_imports_nothing_when_a_row_is_bad(self, desk, sent, now):
        page = checked(desk, sent(BAD), now, intent="import").content.decode()
        assert "2 of 5 rows have problems. Nothing was imported." in page
        assert EventLog.objects.count() == 0

    def test_bad_rows_come_with_number_column_and_reason(self, desk, sent, now):
        url = sent(BAD)
        checked(desk, url, now)
        report = b"".join(desk.get(f"{url}bad-rows.csv").streaming_content).decode()
        assert "5,Status,The activity is empty." in report
        assert "6,Changed at,“soon” is not a time" in report

    def test_the_map_can_be_changed_after_a_check(self, desk, sent, now):
        url = sent()
        checked(desk, url, now)
        desk.post(f"{url}go-on/", {"intent": "map"})
        assert "What do the columns mean?" in desk.get(url).content.decode()

    def test_a_name_that_is_taken_is_said_and_can_be_changed(self, desk, sent, now):
        checked(desk, sent(), now, intent="import")
        url = sent(CSV + "T9;Opened;2026-03-04 10:00;\n")
        reply = desk.post(f"{url}start/", {**filled(desk.get(url)), "intent": "check"})
        assert reply.status_code == 409
        assert "named “Tickets” already" in reply.content.decode()
        checked(desk, url, now, intent="import", name="Tickets again")
        assert EventLog.objects.count() == 2

    def test_progress_is_a_part_of_the_page_and_reloads_it_at_the_end(self, desk, sent, now):
        url = sent()
        desk.post(f"{url}start/", {**filled(desk.get(url)), "intent": "check"})
        reply = desk.get(f"{url}progress/")
        assert "Waiting for a worker" in reply.content.decode()
        assert "HX-Refresh" not in reply
        services.run_next(at=now)
        assert desk.get(f"{url}progress/")["HX-Refresh"] == "true"

    def test_working_hours_count_for_business_time(self, desk, sent, now, team):
        checked(desk, sent(), now, intent="import", calendar=team.calendar.pk)
        assert EventLog.objects.get().calendar == team.calendar


class TestStop:
    def test_one_that_waits_is_stopped_at_once(self, desk, sent):
        url = sent()
        desk.post(f"{url}start/", {**filled(desk.get(url)), "intent": "import"})
        desk.post(f"{url}cancel/")
        assert LogImport.objects.get().status == "cancelled"
        assert "Stopped before it began." in desk.get(url).content.decode()

    def test_one_that_is_over_cannot_be_stopped(self, desk, sent, now):
        url = sent()
        checked(desk, url, now)
        reply = desk.post(f"{url}cancel/")
        assert reply.status_code == 409
        assert "does not run" in reply.content.decode()


class TestNewVersion:
    def test_replaces_the_content_and_keeps_the_log(self, desk, sent, now):
        checked(desk, sent(), now, intent="import")
        log = EventLog.objects.get()
        url = sent("Ticket;Status;Changed at\nT7;Opened;2026-04-01 10:00\n", query=f"?log={log.pk}")
        assert "new content of “Tickets”" in desk.get(url).content.decode()
        checked(desk, url, now, intent="import")
        again = EventLog.objects.get()
        assert (again.pk, again.cases, again.events) == (log.pk, 1, 1)
        assert again.version > log.version
        assert [row[0] for row in steps_of(again)] == ["T7"]
        assert again.variants.count() == 1

    def test_a_built_in_log_cannot_be_replaced(self, desk, now):
        ours = EventLog.objects.create(
            name="Requests", source="requests", made_at=now, changed_at=now
        )
        assert "A new version" not in desk.get(f"/process/logs/new/?log={ours.pk}").content.decode()
        with pytest.raises(services.LogRefused):
            services.upload(uploaded(CSV), by=None, at=now, log=ours)

    def test_a_version_of_a_log_that_is_removed_meanwhile_is_refused(self, desk, sent, now):
        checked(desk, sent(), now, intent="import")
        log = EventLog.objects.get()
        url = sent(CSV + "T9;A;2026-03-04 10:00;\n", query=f"?log={log.pk}")
        data = filled(desk.get(url))
        desk.post(f"/process/logs/{log.pk}/remove/")
        desk.post(f"{url}start/", {**data, "intent": "import"})
        services.run_next(at=now)
        assert "The log was removed meanwhile." in desk.get(url).content.decode()


class TestLogs:
    @pytest.fixture
    def log(self, desk, sent, now):
        checked(desk, sent(), now, intent="import")
        return EventLog.objects.get()

    def test_stand_in_a_list_whose_cost_does_not_grow(self, desk, log, now):
        with CaptureQueriesContext(
            connection,
        ) as few:
            assert "Tickets" in desk.get("/process/logs/").content.decode()
        EventLog.objects.bulk_create(
            [EventLog(name=f"Log {i}", made_at=now, changed_at=now) for i in range(20)]
        )
        with CaptureQueriesContext(connection) as many:
            desk.get("/process/logs/")
        assert len(many) == len(few)

    def test_are_renamed(self, desk, log):
        url = f"/process/logs/{log.pk}/edit/"
        assert desk.post(url, {"name": "Old tickets", "about": "ACME"}).status_code == 302
        log.refresh_from_db()
        assert (log.name, log.about) == ("Old tickets", "ACME")
        assert Entry.objects.get(action="process.eventlog.renamed").data["was"] == "Tickets"
        assert desk.post(url, {"name": " "}).status_code == 422

    def test_are_removed_with_their_cases(self, desk, log):
        assert "2 cases" in desk.get(f"/process/logs/{log.pk}/remove/").content.decode()
        desk.post(f"/process/logs/{log.pk}/remove/")
        assert EventLog.objects.count() == 0
        run = LogImport.objects.get()
        assert (run.status, run.log) == ("done", None)

    def test_those_of_the_portal_are_left_alone(self, desk, now):
        ours = EventLog.objects.create(name="Orders", source="orders", made_at=now, changed_at=now)
        for part in ("edit", "remove"):
            assert desk.get(f"/process/logs/{ours.pk}/{part}/").status_code == 404
            assert desk.post(f"/process/logs/{ours.pk}/{part}/").status_code == 404
        assert EventLog.objects.count() == 1

    def test_without_one_the_page_says_what_to_do(self, desk):
        assert "There is no log yet" in desk.get("/process/logs/").content.decode()


class TestWho:
    ADDRESSES = (
        "new/",
        "imports/1/",
        "imports/1/progress/",
        "imports/1/bad-rows.csv",
        "1/edit/",
        "1/remove/",
    )

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_reps_do_not_import(self, client_of, rep, address):
        assert client_of(rep).get(f"/process/logs/{address}").status_code == 403

    def test_nobody_reads_logs_unseen(self, client, client_of, rep):
        assert client.get("/process/logs/").status_code == 302
        assert client_of(rep).get("/process/logs/").status_code == 403


def test_files_are_forgotten_after_a_week(desk, sent, now):
    sent(), sent(CSV + "T8;A;2026-01-01;\n")
    old, new = LogImport.objects.order_by("pk")
    LogImport.objects.filter(pk=old.pk).update(created_at=now - timedelta(days=8))
    LogImport.objects.filter(pk=new.pk).update(created_at=now - timedelta(days=6))
    assert services.forget_files(at=now) == 1
    assert not files.path_of(old.stored_as).exists()
    assert files.path_of(new.stored_as).exists()
    old.refresh_from_db()
    assert old.stored_as == ""
    assert "kept for a week" in desk.get(f"/process/logs/imports/{old.pk}/").content.decode()


def test_what_was_said_about_rows_is_forgotten_after_a_year(bring, now):
    run = bring(xes(trace("1", "A") + "<trace><event/></trace>"), "log.xes", good_rows=True)
    assert LogImportProblem.objects.count() > 0
    services.forget_files(at=now + timedelta(days=300))
    assert LogImportProblem.objects.count() > 0
    LogImport.objects.filter(pk=run.pk).update(created_at=now - timedelta(days=400))
    services.forget_files(at=now)
    assert LogImportProblem.objects.count() == 0
