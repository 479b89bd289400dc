"""Record settings: stages in their order, what is used stays, own fields keep their type."""

import pytest

from crm.models import CustomField, LostReason, Pipeline, Stage, Territory
from journal.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


@pytest.fixture
def boss(manager, client_of):
    return client_of(manager)


@pytest.fixture
def pipeline(db):
    return factories.stage_named("Won").pipeline


def order(pipeline):
    return list(pipeline.stages.order_by("position", "pk").values_list("name", flat=True))


class TestStages:
    def test_are_put_before_one_another_and_at_the_end(self, boss, pipeline):
        won, first = factories.stage_named("Won"), factories.stage_named("Prospecting")
        boss.post(f"/records/settings/stages/{won.pk}/place/", {"before": first.pk})
        assert order(pipeline)[:2] == ["Won", "Prospecting"]
        boss.post(f"/records/settings/stages/{won.pk}/place/", {"before": ""})
        assert order(pipeline)[-1] == "Won"
        assert Entry.objects.filter(action="crm.setting.changed").count() == 2
        boss.post(f"/records/settings/stages/{won.pk}/place/", {"before": "9" * 30})
        assert Entry.objects.filter(action="crm.setting.changed").count() == 2  # it stands there

    def test_are_added_at_the_end_and_changed(self, boss, pipeline):
        said = {
            "name": "Pilot",
            "kind": "open",
            "probability": "60",
            "requires": ["amount", "contact"],
        }
        boss.post(f"/records/settings/pipeline/{pipeline.pk}/stages/new/", said)
        pilot = Stage.objects.get(name="Pilot")
        assert (order(pipeline)[-1], pilot.requires) == ("Pilot", ["amount", "contact"])
        door = f"/records/settings/stages/{pilot.pk}/"
        assert boss.post(door, said | {"stale_days": "10"}).status_code == 302
        assert boss.post(door, said | {"probability": "101"}).status_code == 422
        assert boss.post(door, said | {"name": "Won"}).status_code == 422
        again = boss.post(f"/records/settings/pipeline/{pipeline.pk}/stages/new/", said)
        assert again.status_code == 422
        assert "of this name already" in text(again)

    def test_one_that_deals_stand_in_neither_goes_nor_means_something_else(
        self, boss, pipeline, rep, now
    ):
        deal = factories.deal(by=rep, at=now)
        door = f"/records/settings/stages/{deal.stage_id}/"
        boss.post(f"{door}remove/")
        assert Stage.objects.filter(pk=deal.stage_id).exists()
        said = {"name": "Prospecting", "kind": "won", "probability": "10"}
        assert "Deals stand here" in text(boss.post(door, said))
        unused = factories.stage_named("Negotiation")
        boss.post(f"/records/settings/stages/{unused.pk}/remove/")
        assert not Stage.objects.filter(pk=unused.pk).exists()


class TestTables:
    def test_own_fields_keep_their_kind_key_and_type(self, boss):
        said = {"kind": "deal", "label": "Tender", "key": "tender", "type": "choice", "position": "0",
                "choices": "Open\nClosed\nOpen", "is_active": "on"}  # fmt: skip
        assert (
            boss.post("/records/settings/custom-fields/new/", said | {"choices": ""}).status_code
            == 422
        )
        assert (
            boss.post("/records/settings/custom-fields/new/", said | {"key": "Ten der"}).status_code
            == 422
        )
        boss.post("/records/settings/custom-fields/new/", said)
        field = CustomField.objects.get()
        assert field.choices == ["Open", "Closed"]
        boss.post(f"/records/settings/custom-fields/{field.pk}/",
                  said | {"type": "number", "key": "other", "label": "Tendered"})  # fmt: skip
        field.refresh_from_db()
        assert (field.label, field.key, field.type) == ("Tendered", "tender", "choice")

    def test_territories_have_teams_and_unused_reasons_go(self, boss, team, rep, now):
        factories.stage_named("Won")
        boss.post(
            "/records/settings/territories/new/",
            {"name": "North", "teams": [team.pk], "is_closed": "on"},
        )
        assert list(Territory.objects.get().teams.all()) == [team]
        boss.post(
            "/records/settings/pipelines/new/",
            {"name": "Service", "position": "1", "is_active": "on"},
        )
        assert Pipeline.objects.filter(name="Service").exists()
        unused = LostReason.objects.last()
        boss.post(f"/records/settings/lost-reasons/{unused.pk}/remove/")
        assert not LostReason.objects.filter(pk=unused.pk).exists()

    def test_are_for_those_who_run_the_desk(self, rep, coordinator, pipeline, client_of):
        for user in (rep, coordinator):
            client = client_of(user)
            assert client.get("/records/settings/").status_code == 403
            assert client.get("/records/settings/custom-fields/").status_code == 403
            assert client.get(f"/records/settings/pipeline/{pipeline.pk}/").status_code == 403
