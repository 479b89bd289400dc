"""/api/log-imports/ and the command: the same as the pages, for programs."""

import json

import pytest
from django.core.management import CommandError, call_command

from process.importing import services
from process.importing.models import LogImport
from process.models import EventLog
from tests.process.importing.conftest import CSV, uploaded

URL = "/api/log-imports/"


@pytest.fixture
def api(api_of, manager):
    return api_of(manager)


def send(api, content=CSV, **more):
    return api.post(URL, {"file": uploaded(content, "tickets.csv"), **more}, format="multipart")


class TestApi:
    def test_checks_a_file_and_says_what_is_in_it(self, api, now):
        reply = send(api)
        assert reply.status_code == 202, reply.content
        assert reply.json()["mapping"]["case"] == "Ticket"
        services.run_next(at=now)
        body = api.get(f"{URL}{reply.json()['id']}/").json()
        assert (body["status"], body["cases"], body["events"], body["log"]) == (
            "checked",
            2,
            3,
            None,
        )

    def test_then_imports_it(self, api, now):
        pk = send(api, CSV + "T3;;2026-03-04;A\n").json()["id"]
        services.run_next(at=now)
        problems = api.get(f"{URL}{pk}/problems/").json()["results"]
        assert [(p["row"], p["column"]) for p in problems] == [(5, "Status")]
        more = {"goal": "import", "good_rows_only": True, "name": "Tickets 2026"}
        assert api.post(f"{URL}{pk}/start/", more, format="json").status_code == 202
        services.run_next(at=now)
        assert api.get(f"{URL}{pk}/").json()["log"] == EventLog.objects.get(name="Tickets 2026").pk

    def test_takes_a_map_and_a_log_to_replace(self, api, now):
        send(api, goal="import", name="One")
        services.run_next(at=now)
        log = EventLog.objects.get()
        raw = {"activity": "User", "resource": ""}
        reply = send(api, goal="import", map=json.dumps(raw), log=log.pk)
        assert reply.status_code == 202, reply.content
        services.run_next(at=now)
        assert set(log.activities.values_list("name", flat=True)) >= {"Ann", "Ben"}
        assert EventLog.objects.count() == 1

    @pytest.mark.parametrize(
        ("more", "status"),
        [({"map": "no json"}, 400), ({"map": "[1]"}, 400), ({"map": '{"activity": "nowhere"}'}, 422),
         ({"map": '{"zone": "Mars"}'}, 422), ({"goal": "party"}, 400), ({"log": "9" * 30}, 400),
         ({"calendar": "77"}, 400), ({"unknown": "1"}, 400), ({"name": "a\0b"}, 400)],
        ids=str,
    )  # fmt: skip
    def test_refuses_nonsense(self, api, more, status):
        assert send(api, **more).status_code == status
        assert LogImport.objects.count() == 0

    def test_keeps_a_file_for_later(self, api):
        body = send(api, start=False).json()
        assert (body["status"], body["mapping"]) == ("uploaded", {})

    def test_refuses_a_damaged_file(self, api):
        reply = send(api, b"\x1f\x8b\x08\x00broken")
        assert reply.status_code == 400
        assert LogImport.objects.count() == 0

    def test_the_same_key_makes_one_import(self, api):
        replies = [
            api.post(URL, {"file": uploaded(CSV)}, format="multipart", HTTP_IDEMPOTENCY_KEY="k")
            for _ in range(2)
        ]
        assert replies[0].json()["id"] == replies[1].json()["id"]
        assert LogImport.objects.count() == 1

    def test_stops_one_that_waits_and_says_why_not_otherwise(self, api):
        pk = send(api).json()["id"]
        assert api.post(f"{URL}{pk}/cancel/").json()["status"] == "cancelled"
        assert api.post(f"{URL}{pk}/cancel/").status_code == 409

    def test_a_name_that_is_taken_is_a_conflict(self, api, now):
        EventLog.objects.create(name="Tickets", made_at=now, changed_at=now)
        assert send(api).status_code == 409

    def test_is_closed_to_others(self, api_of, rep, coordinator):
        for person in (rep, coordinator):
            assert send(api_of(person)).status_code == 403
            assert api_of(person).get(URL).status_code == 403


class TestCommand:
    @pytest.fixture
    def run(self, keep, db, capsys):
        def call(*words, content=CSV):
            call_command("import_event_log", keep(content, "old_tickets.csv"), *words)
            return capsys.readouterr()

        return call

    def test_says_what_it_read_and_what_came_of_it(self, run):
        said = run().out
        assert "case from “Ticket”" in said
        assert "“Old tickets” has 2 cases with 3 events of 2 activities; 0 bad rows" in said
        assert EventLog.objects.get().name == "Old tickets"

    def test_a_dry_run_writes_nothing(self, run):
        assert "would have 2 cases" in run("--dry-run").out
        assert EventLog.objects.count() == 0

    def test_columns_can_be_named(self, run):
        run("--activity", "User", "--name", "By person", "--zone", "UTC")
        assert set(EventLog.objects.get().activities.values_list("name", flat=True)) == {
            "Ann",
            "Ben",
        }

    @pytest.mark.parametrize(
        ("words", "why"),
        [(["--case", "x"], "no column “x”"), (["--by", "nobody@example.org"], "Nobody active"),
         (["--calendar", "None such"], "no calendar"), (["--zone", "Mars"], "time zone")],
    )  # fmt: skip
    def test_refuses_with_words(self, run, words, why):
        with pytest.raises(CommandError, match=why):
            run(*words)

    def test_bad_rows_are_listed_and_stop_it_unless_good_ones_are_wanted(self, run):
        content = CSV + "T3;;2026-03-04 09:00;Ann\n" * 25
        with pytest.raises(CommandError, match="25 of 28 rows have problems"):
            run(content=content)
        said = run("--good-rows", "--name", "Again", content=content)
        assert "row 5, Status: The activity is empty." in said.err
        assert "… and 5 more bad rows." in said.err

    def test_no_file_no_log(self, db, tmp_path):
        with pytest.raises(CommandError, match="There is no file"):
            call_command("import_event_log", tmp_path / "none.csv")
