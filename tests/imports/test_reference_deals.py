"""The pipeline of Maven Analytics, imported whole: its figures are those of REFERENCE.md."""

import re
from decimal import Decimal

import pytest
from django.core.management import call_command

from crm.defaults import ensure_pipeline
from crm.models import Account, CustomField, Deal, DealLine, DealStage
from crm.queries.closing import OWNER_OR_AGENT, closing
from imports.models import ImportRun
from tests import factories

OFFICES = ["Central", "East", "West"]


@pytest.fixture
def maven(db, real_data):
    ensure_pipeline()
    CustomField.objects.create(
        kind="deal", key="regional_office", label="Regional office", type="choice", choices=OFFICES
    )
    for kind, file in (
        ("products", "products"),
        ("accounts", "accounts"),
        ("deals", "sales_pipeline"),
    ):
        call_command(
            "import_table", kind, real_data / "maven_crm" / f"{file}.csv", map=f"maven_{kind}"
        )
    return real_data


@pytest.fixture
def reference(real_data):
    """{name: figure}; {group: figure} where the line has groups below."""
    text = (real_data / "REFERENCE.md").read_text().split("## maven_crm")[1].split("\n## ")[0]
    found, last = {}, ""
    for line in text.splitlines():
        if top := re.match(r"- (.+?)(?: \(.*\))?: ?(.*)$", line):
            last, value = top.groups()
            found[last] = float(value) if value else {}
        elif below := re.match(r"  - (.+): (.+)$", line):
            found[last][below[1]] = float(below[2])
    return found


def rates(by):
    return {
        row.group: round(row.win_rate, 4)
        for row in closing(Deal.objects.all(), by=by)
        if row.win_rate
    }


class TestMaven:
    def test_every_figure_equals_the_reference(self, maven, reference):
        (all_of_them,) = closing(Deal.objects.all())
        assert all_of_them.deals == reference["opportunities"] == 8800
        assert (all_of_them.won, all_of_them.lost) == (
            reference["by_stage"]["Won"],
            reference["by_stage"]["Lost"],
        )
        assert round(all_of_them.win_rate, 4) == reference["win_rate"] == 0.6315
        assert all_of_them.days_median == reference["days_to_close_won_median"]
        assert round(all_of_them.days_mean, 3) == reference["days_to_close_won_mean"]
        assert all_of_them.won_value == Decimal(str(reference["won_value_total"]))
        by_stage = {
            stage: Deal.objects.filter(stage__name=stage).count()
            for stage in ("Prospecting", "Qualified")
        }
        assert by_stage == {
            "Prospecting": reference["by_stage"]["Prospecting"],
            "Qualified": reference["by_stage"]["Engaging"],
        }

    def test_by_agent_and_by_office_too(self, maven, reference):
        agents = rates(OWNER_OR_AGENT)
        told = reference["win_rate_by_agent"]
        assert len(told) == 15
        assert {name: agents[name] for name in told} == told
        assert rates("custom__regional_office") == reference["win_rate_by_regional_office"]

    def test_products_are_those_of_the_catalogue_and_time_in_stage_is_kept(self, maven):
        lines = DealLine.objects.order_by()
        assert lines.count() == 8800
        assert set(lines.filter(sku="").values_list("name", flat=True)) == set()
        assert lines.filter(name="GTX Pro").count() == 1480
        assert not lines.filter(name="GTXPro").exists()
        won = Deal.objects.filter(status="won").order_by("pk").first()
        first, last = won.history.order_by("pk")
        assert (first.stage.name, first.from_at, first.to_at) == (
            "Qualified",
            won.opened_at,
            won.closed_at,
        )
        assert (last.stage.name, last.to_at) == ("Won", None)
        assert DealStage.objects.filter(to_at=None).count() == 8800

    def test_deals_without_an_account_stand_at_one_that_says_so(self, maven):
        nobody = Account.objects.get(name="Account not known")
        assert set(nobody.deals.values_list("status", flat=True)) == {"open"}
        assert nobody.deals.count() == 1425
        assert Account.objects.count() == 86

    def test_subsidiaries_belong_to_their_parents(self, maven):
        assert Account.objects.exclude(parent=None).count() == 15
        assert Account.objects.get(name="Codehow").parent.name == "Acme Corporation"
        assert not Account.objects.filter(industry="technolgy").exists()

    def test_a_second_time_changes_nothing(self, maven):
        call_command(
            "import_table", "deals", maven / "maven_crm" / "sales_pipeline.csv", map="maven_deals"
        )
        run = ImportRun.objects.order_by("pk").last()
        assert (run.created, run.changed, run.unchanged) == (0, 0, 8800)


class TestWithoutAStandIn:
    def test_rows_without_an_account_are_reported_not_guessed(self, bring, real_data):
        ensure_pipeline()
        from imports import mapping
        from imports.kinds import kind_of

        raw = mapping.fitting(kind_of("deals"), mapping.shipped("maven_deals"))
        run = bring(
            "deals",
            real_data / "maven_crm" / "sales_pipeline.csv",
            raw | {"empty": {}},
            dry_run=True,
        )
        assert run.problems.filter(reason="No account is given.").count() == 1425


class TestClosing:
    def test_colleagues_come_before_agents_and_an_empty_group_has_no_rate(
        self, rep, now, coordinator
    ):
        factories.deal(by=rep, at=now, owner=rep, agent="Somebody")
        factories.deal(by=rep, at=now, agent="Moses Frase")
        factories.deal(by=rep, at=now)
        found = closing(Deal.objects.all(), by=OWNER_OR_AGENT)
        assert sorted(row.group for row in found) == sorted(["Moses Frase", "Nobody", rep.name])
        assert {row.win_rate for row in found} == {None}
        assert {row.days_median for row in found} == {None}

    def test_no_deals_are_no_error(self, db):
        (row,) = closing(Deal.objects.none())
        assert (row.deals, row.win_rate, row.won_value) == (0, None, 0)
