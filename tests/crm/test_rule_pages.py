"""The pages of rules, of stuck deals, and of a person's rights."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import Erasure, ValidationRule
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_accounts():
    return [factories.AccountFactory() for _ in range(2)]


class TestRulePages:
    FORM = {
        "kind": "account",
        "field": "industry",
        "condition": "required",
        "message": "Say which.",
        "severity": "refuse",
        "is_active": "on",
    }

    def test_is_tried_out_before_it_is_saved(self, two_accounts, manager, client_of):
        client = client_of(manager)
        page = client.post("/records/rules/new/", self.FORM | {"do": "try"}).content.decode()
        assert "It would refuse 2 of 2 records now." in page
        assert not ValidationRule.objects.exists()
        assert client.post("/records/rules/new/", self.FORM | {"do": "save"}).status_code == 302
        row = ValidationRule.objects.get()
        assert "Industry must not be empty" in client.get("/records/rules/").content.decode()
        assert client.get(f"/records/rules/{row.pk}/").status_code == 200
        client.post(
            f"/records/rules/{row.pk}/",
            self.FORM | {"condition": "one_of", "values": "Pumps\nValves"},
        )
        row.refresh_from_db()
        assert row.args == {"values": ["Pumps", "Valves"]}
        client.post(f"/records/rules/{row.pk}/remove/")
        assert not ValidationRule.objects.exists()

    @pytest.mark.parametrize(
        "bad",
        [
            {"field": ""},
            {"condition": "range"},
            {"condition": "mask"},
            {"field": "shoes"},
            {"when_field": "tier"},
            {"message": "x" * 100_000},
            {"kind": "ship", "condition": "x"},
            {"condition": "range", "low": "NaN"},
            {"message": "\0"},
            {"do": "try", "field": "owner", "condition": "mask", "mask": "99"},
            {"do": "try", "field": "owner", "condition": "not_past"},
            {"do": "try", "field": "credit_limit", "condition": "one_of", "values": "x"},
            {"do": "try", "when_field": "payment_days", "when_value": "x"},
        ],
    )
    def test_nonsense_is_422_and_kept(self, manager, client_of, bad):
        assert client_of(manager).post("/records/rules/new/", self.FORM | bad).status_code == 422

    def test_coordinators_make_none(self, coordinator, client_of):
        assert client_of(coordinator).get("/records/rules/").status_code == 403

    def test_the_api_makes_and_changes_them(self, manager, api_of):
        api = api_of(manager)
        made = api.post(
            "/api/validation-rules/",
            {
                "kind": "account",
                "field": "industry",
                "condition": "required",
                "message": "Say which.",
            },
        )
        assert made.status_code == 201
        for args in ({"low": "x"}, {"low": "NaN"}, {"low": "1" * 500}, {"low": {}}, {"other": 1}):
            bad = {
                "kind": "account",
                "field": "credit_limit",
                "condition": "range",
                "message": "x",
                "args": args,
            }
            assert api.post("/api/validation-rules/", bad, format="json").status_code == 400, args
        assert (
            api.patch(f"/api/validation-rules/{made.json()['id']}/", {"field": "shoes"}).status_code
            == 400
        )
        assert (
            api.patch(
                f"/api/validation-rules/{made.json()['id']}/", {"is_active": False}
            ).status_code
            == 200
        )


class TestStuckDeals:
    def test_says_why_and_leaves_out_what_goes_well(self, rep, now, client_of):
        at = timezone.now()
        old = at - timedelta(days=60)
        factories.deal(
            by=rep,
            at=old,
            owner=rep,
            name="Forgotten pumps",
            close_on=(at - timedelta(days=3)).date(),
        )
        factories.deal(
            by=rep,
            at=at,
            owner=rep,
            name="Going well",
            next_step="Call",
            next_step_on=(at + timedelta(days=3)).date(),
        )
        page = client_of(rep).get("/records/stale/").content.decode()
        assert "Going well" not in page
        for words in (
            "60 days in Prospecting",
            "nothing done for 60 days",
            "was to close 3 days ago",
            "no next step",
        ):
            assert words in page, words
        assert (
            "Forgotten pumps"
            in client_of(rep).get("/records/stale/?reason=late&who=me").content.decode()
        )
        assert (
            "Forgotten pumps"
            not in client_of(rep).get("/records/stale/?reason=step_late").content.decode()
        )


class TestPrivacyPages:
    def test_managers_give_out_and_erase_in_two_steps(self, manager, coordinator, client_of, now):
        contact = factories.ContactFactory(name="Zoë Quist")
        url = f"/contacts/{contact.pk}/privacy/"
        assert client_of(coordinator).get(url).status_code == 403
        client = client_of(manager)
        assert "What stays, and why" in client.get(url).content.decode()
        answer = client.post(f"{url}export/")
        assert answer["Content-Type"] == "application/zip"
        assert b"".join(answer.streaming_content)[:2] == b"PK"
        assert client.post(f"{url}erase/", {"ground": "asked", "typed": "Zoe"}).status_code == 422
        assert not Erasure.objects.exists()
        assert (
            client.post(f"{url}erase/", {"ground": "asked", "typed": "zoë quist"}).status_code
            == 302
        )
        page = client.get("/records/erasures/").content.decode()
        assert "Under way" in page
        assert "Quist" not in page
