"""Reports go out at their moment, once, to each what she may see."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from comms.mail import message_of
from comms.models import Delivery
from journal.models import Entry
from people.models import Role
from reports import periods, services, words
from reports.models import Edition, Report
from tests import factories
from tests.reports.conftest import HOUR

A_WEEK = timedelta(days=7)


class TestPeriods:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            ("last_week", (date(2026, 11, 16), date(2026, 11, 22))),
            ("last_month", (date(2026, 10, 1), date(2026, 10, 31))),
            ("last_4_weeks", (date(2026, 10, 26), date(2026, 11, 22))),
            ("month_to_date", (date(2026, 11, 1), date(2026, 11, 23))),
            ("days", (date(2026, 11, 17), date(2026, 11, 23))),
        ],
    )
    def test_are_whole_days(self, now, rule, expected):
        assert periods.period(Report(period=rule, days=7), now) == expected

    def test_are_those_of_the_zone(self):
        """Sunday evening in Amsterdam is Monday in Auckland: another week is over there."""
        at = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
        here, there = (
            Report(period="last_week", zone=z) for z in ("Europe/Amsterdam", "Pacific/Auckland")
        )
        assert periods.period(here, at)[0] == date(2026, 11, 9)
        assert periods.period(there, at)[0] == date(2026, 11, 16)

    def test_on_the_first_a_month_to_date_is_the_month_that_ended(self):
        at = datetime(2026, 12, 1, 9, tzinfo=UTC)
        assert periods.period(Report(period="month_to_date"), at) == (
            date(2026, 11, 1),
            date(2026, 11, 30),
        )

    @pytest.mark.parametrize(
        ("start", "end", "said"),
        [
            (date(2026, 10, 1), date(2026, 10, 31), "1 to 31 Oct 2026"),
            (date(2026, 10, 26), date(2026, 11, 1), "26 Oct to 1 Nov 2026"),
            (date(2026, 12, 28), date(2027, 1, 3), "28 Dec 2026 to 3 Jan 2027"),
            (date(2026, 12, 28), date(2026, 12, 28), "28 Dec 2026"),
        ],
    )
    def test_are_said_shortly(self, start, end, said):
        assert periods.words(start, end) == said


class TestTheMoment:
    def test_each_is_owed_once_and_a_sleeping_worker_makes_up_for_one(
        self, weekly, schedule_of, coordinator, manager, now
    ):
        row = schedule_of(weekly, coordinator, manager)
        assert row.next_at == datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
        assert services.send_due(at=now) == 0
        late = now + 4 * A_WEEK
        assert services.send_due(at=late) == 2
        assert services.send_due(at=late) == 0
        assert Delivery.objects.count() == 2
        assert Edition.objects.get().start == date(
            2026, 11, 23
        )  # of the moment, not of when it woke
        row.refresh_from_db()
        assert row.next_at > late

    def test_a_worker_that_dies_leaves_it_owed(
        self, weekly, schedule_of, manager, now, monkeypatch
    ):
        """The control: editions, mails and the next moment are written together."""
        schedule_of(weekly, manager)
        monkeypatch.setattr("reports.services.making.owe", lambda *a, **k: 1 / 0)
        assert services.send_due(at=now + A_WEEK) == 0
        assert (Edition.objects.count(), Delivery.objects.count()) == (0, 0)
        monkeypatch.undo()
        assert services.send_due(at=now + A_WEEK) == 1

    def test_a_report_that_cannot_be_made_holds_up_no_other(
        self, weekly, shipped, schedule_of, manager, now, monkeypatch
    ):
        schedule_of(weekly, manager)
        schedule_of(shipped["monthly-leadership"], manager)
        from reports.services import schedules

        real = schedules.send_to

        def broken(sending, *args):
            if sending.report == weekly:
                raise RuntimeError
            return real(sending, *args)

        monkeypatch.setattr("reports.services.schedules.send_to", broken)
        assert services.send_due(at=now + A_WEEK) == 1

    def test_what_is_paused_does_not_go_out_and_is_not_made_up(
        self, weekly, schedule_of, manager, now
    ):
        row = schedule_of(weekly, manager)
        services.switch_schedule(row, on=False, by=manager, at=now)
        assert services.send_due(at=now + 3 * A_WEEK) == 0
        services.switch_schedule(row, on=True, by=manager, at=now + 3 * A_WEEK)
        assert services.send_due(at=now + 3 * A_WEEK) == 0
        assert services.send_due(at=now + 4 * A_WEEK) == 1

    def test_a_monthly_one_of_the_31st_goes_out_on_the_last_day(
        self, weekly, schedule_of, manager, now
    ):
        row = schedule_of(weekly, manager, every="month", day=31)
        assert row.next_at == datetime(2026, 11, 30, 7, 0, tzinfo=UTC)

    def test_sending_is_written_down(self, weekly, schedule_of, manager, now):
        services.send_now(schedule_of(weekly, manager), by=manager, at=now)
        entry = Entry.objects.get(action="reports.report.sent")
        assert (entry.actor_id, entry.data["mails"]) == (manager.pk, 1)


class TestReaders:
    def test_those_who_see_the_same_share_an_edition(
        self, weekly, schedule_of, coordinator, manager, now
    ):
        services.send_now(schedule_of(weekly, coordinator, manager), by=manager, at=now)
        assert set(Edition.objects.get().readers.all()) == {coordinator, manager}

    def test_who_may_not_see_kpis_gets_none(
        self, weekly, schedule_of, rep, manager, resolved, roll_up, now
    ):
        resolved(subject="Secret seal")
        roll_up()
        services.send_now(schedule_of(weekly, rep, manager), by=manager, at=now)
        told = {one.recipient: one.body for one in Delivery.objects.all()}
        assert "Net turnaround" in told[manager.email]
        assert "Secret seal" in told[manager.email]
        assert "Net turnaround" not in told[rep.email]
        assert "Secret seal" not in told[rep.email]
        assert "Pipeline" in told[rep.email]  # the control: the rest is there

    def test_roles_are_those_of_the_moment(self, weekly, schedule_of, manager, coordinator, now):
        row = schedule_of(weekly, roles=[Role.COORDINATOR])
        newcomer = factories.member(Role.COORDINATOR)
        gone = factories.member(Role.COORDINATOR, is_active=False)
        services.send_now(row, by=manager, at=now)
        told = set(Delivery.objects.values_list("recipient", flat=True))
        assert told == {coordinator.email, newcomer.email}
        assert gone.email not in told

    def test_each_reads_about_her_own_work_only(
        self, shipped, schedule_of, coordinator, manager, resolved, roll_up, now
    ):
        other = factories.member(Role.COORDINATOR)
        resolved()
        resolved(holder=other)
        resolved(holder=other)
        roll_up()
        row = schedule_of(shipped["own-week"], roles=[Role.COORDINATOR])
        services.send_now(row, by=manager, at=now)
        mine, hers = (Edition.objects.get(person=one) for one in (coordinator, other))
        tiles = [edition.blocks[0]["tiles"][0]["value"] for edition in (mine, hers)]
        assert tiles == ["1", "2"]
        assert not Edition.objects.readable_by(coordinator).filter(pk=hers.pk).exists()
        assert not Edition.objects.readable_by(manager).filter(pk=hers.pk).exists()
        assert Edition.objects.readable_by(other).filter(pk=hers.pk).exists()

    def test_nobody_who_may_see_anything_is_said(self, manager, schedule_of, logistics_member, now):
        report = services.keep_report(Report(name="KPIs only", changed_at=now), by=manager, at=now)
        services.add_block(report, part="kpis.headlines", title="", options={}, by=manager, at=now)
        with pytest.raises(services.NobodyToTell):
            services.send_now(schedule_of(report, logistics_member), by=manager, at=now)
        assert Delivery.objects.count() == 0


class TestOutside:
    @pytest.fixture
    def outside(self, weekly, schedule_of, manager, settings, now, resolved, roll_up):
        weekly.owner = manager
        weekly.save()
        resolved(subject="Secret seal")
        roll_up()
        settings.REPORT_OUTSIDE_DOMAINS = ["partner.example"]
        return schedule_of(weekly, manager, outside=["cfo@partner.example"])

    def test_they_get_figures_and_no_records(self, outside, manager, now):
        services.send_now(outside, by=manager, at=now)
        mail = Delivery.objects.get(recipient="cfo@partner.example")
        assert "Net turnaround" in mail.body
        assert "Secret seal" not in mail.body
        assert "Open it in the portal" not in mail.body
        assert "Secret seal" in Delivery.objects.get(user=manager).body  # the control

    def test_a_domain_that_is_not_allowed_any_more_gets_nothing(
        self, outside, manager, settings, now
    ):
        settings.REPORT_OUTSIDE_DOMAINS = []
        services.send_now(outside, by=manager, at=now)
        assert list(Delivery.objects.values_list("recipient", flat=True)) == [manager.email]


class TestWhatIsSaid:
    def test_the_mail_carries_the_charts_and_the_paper(
        self, weekly, manager, resolved, roll_up, now
    ):
        for day in range(5):
            resolved(at=now - timedelta(days=8 + 7 * day), hours=day + 1)
        roll_up()
        services.send_test(weekly, by=manager, at=now)
        delivery = Delivery.objects.get()
        mail = message_of(delivery)
        parts = {part.get_content_type() for part in mail.message().walk()}
        assert {"image/png", "application/pdf"} <= parts
        assert 'src="cid:' in str(mail.alternatives[0][0])
        assert delivery.subject.startswith("Test: Weekly sales support review")

    def test_the_paper_says_what_the_edition_says(self, weekly, manager, resolved, roll_up, now):
        resolved(subject="Pumps for Łódź")
        roll_up()
        edition = services.send_test(weekly, by=manager, at=now)
        pages = PdfReader(BytesIO(words.edition_pdf(edition.pk))).pages
        text = "".join(page.extract_text() for page in pages)
        assert "Pumps for Łódź" in text
        assert "16 to 22 Nov 2026" in text
        assert "Europe/Amsterdam" in text
        assert f"Page {len(pages)} of {len(pages)}" in text
        assert "n 1" in text

    def test_what_others_wrote_is_no_markup(self, weekly, manager, resolved, roll_up, now):
        resolved(subject="[Click](http://bad.example) *now*")
        roll_up()
        services.send_test(weekly, by=manager, at=now)
        assert "](http://bad.example)" not in Delivery.objects.get().body

    def test_a_part_that_fails_takes_no_other_with_it(self, weekly, manager, monkeypatch, now):
        monkeypatch.setattr("kpis.report_parts.lists.slowest", lambda *a: 1 / 0)
        edition = services.send_test(weekly, by=manager, at=now)
        assert [block["broken"] for block in edition.blocks].count(True) == 1
        assert len(edition.blocks) == 8

    def test_a_chart_that_is_gone_is_said(self, weekly, manager, now):
        with pytest.raises(FileNotFoundError):
            words.edition_chart(999_900)
        with pytest.raises(FileNotFoundError):
            words.view_chart(99)


class TestEmbedding:
    @pytest.fixture
    def edition(self, weekly, manager, now):
        return services.send_test(weekly, by=manager, at=now)

    def test_an_edition_goes_on_to_those_who_may_see_it(self, edition, manager, coordinator, now):
        services.send_edition(
            edition, to=[coordinator], note="Look at **quotes**.", by=manager, at=now + HOUR
        )
        mail = Delivery.objects.get(user=coordinator)
        assert mail.body.startswith("Look at **quotes**.")
        assert f"/reports/editions/{edition.pk}/" in mail.body
        assert Edition.objects.readable_by(coordinator).filter(pk=edition.pk).exists()

    def test_not_to_who_may_see_less(self, edition, manager, rep, coordinator, now):
        with pytest.raises(services.NotForThem, match="Daniel Okafor"):
            services.send_edition(edition, to=[coordinator, rep], note="", by=manager, at=now)
        assert not Edition.objects.readable_by(rep).exists()
        assert Delivery.objects.filter(user=coordinator).count() == 0

    def test_a_tile_of_any_page_goes_with_its_picture_and_its_whole_address(
        self, manager, coordinator, rep, now
    ):
        from kit.reporting import BARS, Block, Chart, Tile

        block = Block("Turnaround", tiles=[Tile("Net", "4 h 12")],
                      chart=Chart(BARS, "Net", [{"label": "Quote", "value": 3.0}]))  # fmt: skip
        send = {"path": "/kpis/turnaround/?from=2026-11-01&team=3", "permission": "kpis.view_kpis",
                "note": "", "by": manager, "at": now}  # fmt: skip
        row = services.send_view(block, to=[coordinator], **send)
        mail = Delivery.objects.get()
        assert "from=2026-11-01&team=3" in mail.body
        assert "4 h 12" in mail.body
        assert words.view_chart(row.pk).startswith(b"\x89PNG")
        with pytest.raises(services.NotForThem):
            services.send_view(block, to=[rep], **send)
