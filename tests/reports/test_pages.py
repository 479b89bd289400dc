"""Reports in the browser and through the API: built, looked at, sent, read."""

from datetime import timedelta

import pytest
from django.utils import timezone

from comms.models import Delivery
from people.models import Role
from reports import parts, services
from reports.models import Block, Edition, Report, Schedule
from tests import factories
from tests.reports.conftest import HOUR

LONG = "x" * 100_000


@pytest.fixture
def mine(client_of, manager):
    return client_of(manager)


def keys_of(report):
    return list(report.blocks.order_by("position").values_list("pk", flat=True))


class TestBuilding:
    def test_a_report_is_made_of_blocks_in_the_browser(self, mine, role_groups):
        body = {"name": "Quotes", "purpose": "Decide on staff", "audience": "team", "period": "days", "days": "14",
                "zone": "Europe/Berlin", "compare": "on", "idempotency_key": "r-1"}  # fmt: skip
        refused = mine.post("/reports/new/", body | {"zone": "Mars/Base"})
        assert refused.status_code == 422
        assert "Mars/Base" in refused.content.decode()
        assert mine.post("/reports/new/", body).status_code == 302
        assert mine.post("/reports/new/", body).status_code == 302  # sent twice
        row = Report.objects.get()
        assert row.days == 14
        url = f"/reports/{row.pk}/blocks/add/?part=kpis.trend"
        assert "Preview" in mine.get(url).content.decode()
        options = {
            "o-kpi": "conversion",
            "o-over": "26",
            "o-clock": "calendar",
            "title": "How we sell",
        }
        assert mine.post(url, options | {"o-over": "7"}).status_code == 422
        assert mine.post(url, options).status_code == 302
        block = Block.objects.get()
        assert (block.title, block.options["kpi"]) == ("How we sell", "conversion")
        assert "How we sell" in mine.get(f"/reports/{row.pk}/build/").content.decode()
        assert mine.get(f"/reports/blocks/{block.pk}/").status_code == 200
        changed = mine.post(f"/reports/blocks/{block.pk}/", options | {"title": "Sales"})
        assert changed.status_code == 302
        assert "Sales" in mine.get(f"/reports/blocks/{block.pk}/preview/").content.decode()

    def test_looking_keeps_nothing_and_loses_nothing(self, mine, weekly):
        before = Block.objects.count()
        url = f"/reports/{weekly.pk}/blocks/add/?part=reports.text"
        seen = mine.post(url, {"o-text": "Well **done**", "title": "Hello", "act": "look"})
        assert "<strong>done</strong>" in seen.content.decode()
        assert "Well **done**" in seen.content.decode()
        part = mine.post(url, {"o-text": "Well **done**", "act": "look"}, HTTP_HX_REQUEST="true")
        assert "<html" not in part.content.decode()
        assert Block.objects.count() == before

    def test_blocks_move_by_arrows_and_by_hand(self, mine, weekly):
        first, second, *rest = keys_of(weekly)
        mine.post(f"/reports/blocks/{second}/move/", {"to": "up"})
        assert keys_of(weekly) == [second, first, *rest]
        mine.post(f"/reports/blocks/{second}/move/", {"to": "up"})  # it is the first already
        assert keys_of(weekly) == [second, first, *rest]
        wanted = ",".join(map(str, [*rest, first, second]))
        sent = mine.post(
            f"/reports/{weekly.pk}/blocks/order/",
            {"order": wanted},
            headers={"X-Requested-With": "fetch"},
        )
        assert sent.status_code == 204
        assert keys_of(weekly) == [*rest, first, second]

    def test_an_order_of_other_blocks_is_refused(self, mine, weekly):
        """Somebody took one out meanwhile: the order stays, nothing is lost."""
        before = keys_of(weekly)
        head = {"X-Requested-With": "fetch"}
        url = f"/reports/{weekly.pk}/blocks/order/"
        assert mine.post(url, {"order": "1,2"}, headers=head).status_code == 409
        for bad in ("", "a,b", "9" * 30, "1,,2", "\0"):
            assert mine.post(url, {"order": bad}, headers=head).status_code == 422
        assert keys_of(weekly) == before

    def test_taking_one_out_closes_up(self, mine, weekly):
        first, *rest = keys_of(weekly)
        mine.post(f"/reports/blocks/{first}/remove/")
        assert keys_of(weekly) == rest
        assert list(weekly.blocks.order_by("position").values_list("position", flat=True)) == list(
            range(len(rest))
        )

    def test_a_full_report_says_so(self, weekly, mine, monkeypatch):
        monkeypatch.setattr("reports.services.building.MOST_BLOCKS", 2)
        sent = mine.post(
            f"/reports/{weekly.pk}/blocks/add/?part=reports.text", {"o-text": "Keep me"}
        )
        assert sent.status_code == 409
        assert "Keep me" in sent.content.decode()

    def test_a_shipped_one_is_copied_changed_and_brought_back(
        self, mine, weekly, schedule_of, manager, now
    ):
        schedule_of(weekly, manager)
        came = [row.part for row in weekly.blocks.order_by("position")]
        mine.post(f"/reports/{weekly.pk}/copy/")
        copy = Report.objects.get(name__endswith=", copy")
        assert [row.part for row in copy.blocks.order_by("position")] == came
        assert copy.shipped == ""
        mine.post(f"/reports/blocks/{keys_of(weekly)[0]}/remove/")
        mine.post(f"/reports/{weekly.pk}/restore/")
        assert [row.part for row in weekly.blocks.order_by("position")] == came
        assert weekly.schedules.count() == 1
        mine.post(f"/reports/{copy.pk}/restore/")  # not one of ours: it stays
        assert copy.blocks.count() == len(came)

    def test_shipping_again_changes_nothing(self, weekly, mine, now):
        mine.post(f"/reports/blocks/{keys_of(weekly)[0]}/remove/")
        assert services.ship(at=now, zone="UTC") == 0
        assert weekly.blocks.count() == 7

    @pytest.mark.parametrize("part", sorted(parts.known()))
    def test_every_part_can_be_added_as_it_is_offered(self, mine, weekly, part):
        page = mine.get(f"/reports/{weekly.pk}/blocks/add/?part={part}")
        assert page.status_code == 200
        assert "could not be read" not in page.content.decode()
        form = parts.known()[part].options()
        body = {
            f"o-{name}": field.initial
            for name, field in form.fields.items()
            if field.initial is not None
        }
        sent = mine.post(
            f"/reports/{weekly.pk}/blocks/add/?part={part}", body | {"o-text": "Words"}
        )
        assert sent.status_code == 302
        assert "could not be read" not in mine.get(f"/reports/{weekly.pk}/").content.decode()

    @pytest.mark.parametrize("text", ["\0", LONG])
    def test_bad_text_is_refused_beside_its_field(self, mine, weekly, text):
        sent = mine.post(
            f"/reports/{weekly.pk}/blocks/add/?part=reports.text", {"o-text": text, "title": text}
        )
        assert sent.status_code == 422
        assert mine.post("/reports/new/", {"name": text}).status_code == 422

    def test_a_part_that_nobody_offers_is_not_there(self, mine, weekly):
        for part in ("", "nonsense", "\0", LONG[:500]):
            assert mine.get(f"/reports/{weekly.pk}/blocks/add/", {"part": part}).status_code == 404

    def test_a_block_whose_part_is_gone_is_shown_and_taken_out(self, mine, weekly):
        Block.objects.filter(pk=keys_of(weekly)[0]).update(part="gone.part")
        assert "gone" in mine.get(f"/reports/{weekly.pk}/build/").content.decode()
        assert mine.get(f"/reports/{weekly.pk}/").status_code == 200
        assert mine.get(f"/reports/blocks/{keys_of(weekly)[0]}/preview/").status_code == 200
        mine.post(f"/reports/blocks/{keys_of(weekly)[0]}/remove/")
        assert weekly.blocks.count() == 7


class TestSchedules:
    def test_are_kept_sent_paused_and_removed_in_the_browser(
        self, mine, weekly, manager, coordinator
    ):
        url = f"/reports/{weekly.pk}/schedules/new/"
        body = {"every": "month", "weekday": "0", "day": "31", "hour": "07:30", "zone": "Europe/London",
                "people": [manager.pk], "roles": ["coordinator"], "is_active": "on"}  # fmt: skip
        nobody = mine.post(url, body | {"people": [], "roles": []})
        assert nobody.status_code == 422
        assert "Choose at least one reader." in nobody.content.decode()
        assert mine.post(url, body | {"day": "32"}).status_code == 422
        assert mine.post(url, body).status_code == 302
        row = Schedule.objects.get()
        assert (
            "on day 31 of each month at 07:30"
            in mine.get(f"/reports/{weekly.pk}/").content.decode().lower()
        )
        assert mine.get(f"/reports/schedules/{row.pk}/").status_code == 200
        assert (
            mine.post(f"/reports/schedules/{row.pk}/", body | {"every": "week"}).status_code == 302
        )
        body = {"idempotency_key": "s-1"}
        mine.post(f"/reports/schedules/{row.pk}/send/", body)
        mine.post(f"/reports/schedules/{row.pk}/send/", body)  # twice, once sent
        assert Delivery.objects.count() == 2
        mine.post(f"/reports/schedules/{row.pk}/switch/", {"on": "0"})
        assert not Schedule.objects.get().is_active
        mine.post(f"/reports/schedules/{row.pk}/switch/", {"on": "1"})
        mine.post(f"/reports/schedules/{row.pk}/remove/")
        assert not Schedule.objects.exists()
        assert Edition.objects.count() == 1

    def test_addresses_outside_are_offered_only_where_the_setting_allows_them(
        self, mine, weekly, settings
    ):
        url = f"/reports/{weekly.pk}/schedules/new/"
        assert "Addresses outside" not in mine.get(url).content.decode()
        settings.REPORT_OUTSIDE_DOMAINS = ["partner.example"]
        assert "Addresses outside" in mine.get(url).content.decode()
        body = {
            "every": "week",
            "weekday": "0",
            "day": "1",
            "hour": "07:30",
            "zone": "UTC",
            "is_active": "on",
        }
        for bad in ("cfo@elsewhere.example", "nonsense"):
            refused = mine.post(url, body | {"outside": bad})
            assert refused.status_code == 422
            assert bad in refused.content.decode()
        assert mine.post(url, body | {"outside": "cfo@partner.example"}).status_code == 302


class TestReading:
    @pytest.fixture
    def edition(self, weekly, manager, resolved, roll_up, now):
        for day in range(7):
            resolved(at=now - timedelta(days=8 + 7 * day), hours=day + 1)
        roll_up()
        return services.send_test(weekly, by=manager, at=now)

    def test_an_edition_is_read_printed_drawn_and_sent_on(
        self, mine, edition, coordinator, rep, client_of
    ):
        home = f"/reports/editions/{edition.pk}/"
        assert "Net turnaround" in mine.get(home).content.decode()
        assert mine.get(f"{home}report.pdf").content.startswith(b"%PDF")
        place = next(n for n, block in enumerate(edition.blocks) if block["chart"])
        assert mine.get(f"{home}chart-{place}.png").content.startswith(b"\x89PNG")
        assert mine.get(f"{home}chart-0.png").status_code == 404
        assert mine.get(f"{home}chart-99.png").status_code == 404
        assert mine.get(f"{home}send/").status_code == 200
        refused = mine.post(f"{home}send/", {"to": [rep.pk], "note": "Look"})
        assert refused.status_code == 422
        assert "may not see this" in refused.content.decode()
        assert "Look" in refused.content.decode()
        assert client_of(coordinator).get(home).status_code == 404
        assert mine.post(f"{home}send/", {"to": [coordinator.pk], "note": ""}).status_code == 302
        assert client_of(coordinator).get(home).status_code == 200
        assert client_of(rep).get(home).status_code == 404

    def test_late_facts_are_shown_beside_what_was_said(self, mine, edition, resolved, roll_up, now):
        url = f"/reports/editions/{edition.pk}/restated/"
        assert "Every figure is the same today" in mine.get(url).content.decode()
        resolved(at=now - timedelta(days=8), hours=30)
        roll_up()
        page = mine.get(url).content.decode()
        assert "Net turnaround" in page
        assert "n 1" in page
        assert "n 2" in page

    def test_the_lists_cost_the_same_for_many(
        self, mine, weekly, edition, schedule_of, manager, django_assert_max_num_queries
    ):
        for n in range(6):
            report = services.copy_report(weekly, by=manager, at=timezone.now())
            schedule_of(report, manager)
            services.send_test(report, by=manager, at=timezone.now() + n * HOUR)
        with django_assert_max_num_queries(16):
            assert mine.get("/reports/").status_code == 200
        with django_assert_max_num_queries(16):
            assert mine.get(f"/reports/{weekly.pk}/past/").status_code == 200

    def test_a_coordinator_opens_her_own_week_and_no_other_report(
        self, client_of, coordinator, shipped
    ):
        client = client_of(coordinator)
        page = client.get("/reports/").content.decode()
        own = shipped["own-week"]
        assert own.name.replace("'", "&#x27;") in page
        assert "Monthly leadership report" not in page
        assert "Your figures" in client.get(f"/reports/{own.pk}/").content.decode()
        assert client.get(f"/reports/{own.pk}/report.pdf").content.startswith(b"%PDF")
        assert client.get(f"/reports/{shipped['weekly-review'].pk}/").status_code == 404
        assert client.get(f"/reports/{own.pk}/build/").status_code == 403
        assert client.get("/reports/new/").status_code == 403

    def test_a_rep_reads_what_she_is_sent(self, client_of, rep, shipped):
        client = client_of(rep)
        assert "You were sent no report yet." in client.get("/reports/").content.decode()
        assert client.get(f"/reports/{shipped['own-week'].pk}/").status_code == 403

    def test_keys_beyond_everything_are_not_there(self, mine, shipped):
        for path in ("", "build/", "settings/", "past/", "report.pdf"):
            assert mine.get(f"/reports/{10**30}/{path}").status_code == 404
        assert mine.get(f"/reports/editions/{10**30}/").status_code == 404
        assert (
            mine.get(f"/reports/{shipped['own-week'].pk}/past/?after=nonsense").status_code == 200
        )


class TestApi:
    def test_reports_are_kept_said_and_run(self, api_of, manager, coordinator, rep, shipped, now):
        client = api_of(manager)
        body = {"name": "Week", "period": "days", "days": 7, "zone": "UTC"}
        made = client.post("/api/reports/", body, format="json", HTTP_IDEMPOTENCY_KEY="k1")
        assert made.status_code == 201, made.content
        again = client.post("/api/reports/", body, format="json", HTTP_IDEMPOTENCY_KEY="k1")
        assert again.json() == made.json()
        assert (
            client.patch(
                f"/api/reports/{made.json()['id']}/", {"days": 0}, format="json"
            ).status_code
            == 400
        )
        weekly = shipped["weekly-review"].pk
        said = client.get(f"/api/reports/{weekly}/say/").json()
        assert said["blocks"][0]["part"] == "kpis.headlines"
        assert Edition.objects.count() == 0
        run = client.post(f"/api/reports/{weekly}/run/", {}, format="json")
        assert run.status_code == 200
        assert client.get("/api/report-editions/").json()["results"][0]["id"] == run.json()["id"]
        assert api_of(coordinator).get("/api/report-editions/").json()["results"] == []
        assert api_of(coordinator).get(f"/api/reports/{weekly}/").status_code == 404
        assert api_of(rep).get("/api/reports/").status_code == 403
        empty = client.post(f"/api/reports/{made.json()['id']}/run/", {}, format="json")
        assert empty.status_code == 409
        assert {one["key"] for one in client.get("/api/report-parts/").json()} == set(parts.known())

    def test_only_managers_make_them(self, api_of, coordinator, role_groups):
        assert (
            api_of(coordinator).post("/api/reports/", {"name": "X"}, format="json").status_code
            == 403
        )
        assert factories.member(Role.ADMIN).has_perm("reports.add_report")


class TestSendingAFigure:
    URL = "/reports/view/?part=kpis.trend&kpi=turnaround&over=13&from=2026-11-01&to=2026-11-22&clock=calendar"

    def test_goes_with_the_address_of_the_same_view(self, mine, coordinator, rep, role_groups):
        assert "Send this view" in mine.get(self.URL).content.decode()
        refused = mine.post(self.URL, {"to": [rep.pk], "note": "See"})
        assert refused.status_code == 422
        assert "Daniel Okafor may not see this" in refused.content.decode()
        body = {"to": [coordinator.pk], "note": "See **this**", "idempotency_key": "v-1"}
        assert mine.post(self.URL, body).status_code == 302
        assert mine.post(self.URL, body).status_code == 302
        mail = Delivery.objects.get()
        assert "/kpis/turnaround/" in mail.body
        assert "clock=calendar" in mail.body

    @pytest.mark.parametrize(
        "query",
        ["", "?part=kpis.trend", "?part=kpis.worst&from=2026-11-01&to=2026-11-22", "?part=x&from=2026-11-01&to=2026-11-22",
         "?part=kpis.trend&from=0001-01-01&to=2026-11-22", "?part=kpis.trend&from=2026-11-22&to=2026-11-01",
         "?part=kpis.trend&kpi=nonsense&from=2026-11-01&to=2026-11-22", "?part=kpis.own&from=2026-11-01&to=2026-11-22",
         "?part=kpis.trend&from=2026-11-01&to=2026-11-22&team=99999999999999999999999", "?part=%00&from=%00&to=1"],
    )  # fmt: skip
    def test_nonsense_is_not_there(self, mine, role_groups, query):
        assert mine.get(f"/reports/view/{query}").status_code == 404

    def test_not_by_who_makes_no_reports(self, client_of, rep):
        assert client_of(rep).get(self.URL).status_code == 403
