"""Records taken out: what one may see, harmless for a spreadsheet, written down, and fit to come in
again."""

import csv
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from crm.models import Account, Activity, Contact, CustomField, Lead, Territory
from crm.queries import export as exports
from crm.views import exports as doors
from imports import mapping, services
from imports.kinds import kind_of
from imports.models import ImportRun, Status
from journal.models import Entry
from tests import factories


@pytest.fixture
def rows(client_of, coordinator):
    """`rows("accounts", "q=acme")`: the rows of the CSV as dictionaries."""

    def get(kind, query="", user=coordinator):
        reply = client_of(user).get(f"/accounts/export/{kind}.csv?{query}")
        assert reply.status_code == 200
        text = b"".join(reply.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    return get


class TestWhatGoesOut:
    def test_all_fields_and_those_of_the_companys_own(self, rows, rep):
        CustomField.objects.create(kind="account", key="fleet", label="Fleet", type="number")
        mother = factories.AccountFactory(name="Mother")
        factories.AccountFactory(name="Acme", parent=mother, owner=rep, tier="key", custom={"fleet": 7},
                                 credit_limit=Decimal("10.50"), territory=Territory.objects.create(name="North"))  # fmt: skip
        row = next(r for r in rows("accounts") if r["Name"] == "Acme")
        assert (row["Belongs to"], row["Owner"], row["Tier"], row["Fleet"]) == (
            "Mother",
            rep.email,
            "Key account",
            "7",
        )
        assert (row["Territory"], row["Credit limit"], row["On credit hold"]) == (
            "North",
            "10.50",
            "no",
        )

    def test_the_filters_of_the_list_go_along(self, rows):
        for name in ("Acme Pumps", "Bolt"):
            factories.AccountFactory(name=name)
        assert [r["Name"] for r in rows("accounts", "q=pumps")] == ["Acme Pumps"]

    def test_what_a_spreadsheet_would_run_is_harmless(self, rows):
        factories.AccountFactory(name='=HYPERLINK("http://bad")', phone="+31 20")
        (row,) = rows("accounts")
        assert (row["Name"][:2], row["Phone"]) == ("'=", "'+31 20")

    def test_a_workbook_takes_dates_numbers_and_odd_letters(self, client_of, coordinator, rep, now):
        factories.deal(
            by=rep, at=now, owner=rep, amount=Decimal("900.50"), next_step="Ring\x0b back"
        )
        reply = client_of(coordinator).get("/accounts/export/deals.xlsx")
        sheet = load_workbook(io.BytesIO(b"".join(reply.streaming_content))).active
        _head, _row = (
            (
                dict(
                    zip(*[[c.value for c in line] for line in sheet.iter_rows()], strict=True)
                ).keys(),
                None,
            ),
            None,
        )
        found = dict(zip(*[[c.value for c in line] for line in sheet.iter_rows()], strict=True))
        assert (found["Amount"], found["Next step"], found["Stage"]) == (
            900.5,
            "Ring back",
            "Prospecting",
        )
        assert found["Opened on"].replace(microsecond=0) == now.replace(tzinfo=None, microsecond=0)

    def test_too_many_rows_for_a_workbook_are_refused_in_words(
        self, client_of, coordinator, monkeypatch
    ):
        monkeypatch.setattr(doors, "MOST_IN_EXCEL", 1)
        for name in ("A", "B"):
            factories.AccountFactory(name=name)
        reply = client_of(coordinator).get("/accounts/export/accounts.xlsx")
        assert reply.status_code == 422
        assert "Take the CSV file" in reply.content.decode()

    def test_rows_are_read_through_a_cursor_in_pieces(self, rows, monkeypatch):
        monkeypatch.setattr(exports, "CHUNK", 2)
        for n in range(9):
            factories.AccountFactory(name=f"A{n}")
        with CaptureQueriesContext(connection) as few:
            assert len(rows("accounts")) == 9
        for n in range(30):
            factories.AccountFactory(name=f"B{n}")
        with CaptureQueriesContext(connection) as many:
            assert len(rows("accounts")) == 39
        assert len(few) == len(many)


class TestWhoMay:
    def test_closed_territories_and_private_notes_of_others_stay_in(
        self, rows, rep, coordinator, now
    ):
        north = Territory.objects.create(name="North", is_closed=True)
        closed, free = (
            factories.AccountFactory(name="Closed", territory=north),
            factories.AccountFactory(name="Free"),
        )
        for account in (closed, free):
            factories.ContactFactory(account=account, name=f"Of {account.name}")
            for private in (True, False):
                Activity.objects.create(kind="note", account=account, text=f"{account.name} {private}", at=now,
                                        by=coordinator, is_private=private)  # fmt: skip
        Lead.objects.create(
            name="Ida", territory=north, status_since=now, touched_at=now, created_at=now
        )
        assert [r["Name"] for r in rows("accounts", user=rep)] == ["Free"]
        assert [r["Name"] for r in rows("contacts", user=rep)] == ["Of Free"]
        assert [r["What was said"] for r in rows("activities", user=rep)] == ["Free False"]
        assert rows("leads", user=rep) == []
        assert len(rows("accounts")) == 2
        assert len(rows("activities")) == 4
        assert len(rows("leads")) == 1

    def test_each_kind_has_its_permission(self, client_of, db):
        stranger = factories.UserFactory()
        for kind in exports.EXPORTS:
            assert client_of(stranger).get(f"/accounts/export/{kind}.csv").status_code == 403
        assert client_of(stranger).get("/accounts/export/").status_code == 403

    @pytest.mark.parametrize("name", ["orders.csv", "accounts.pdf", "x.y"])
    def test_what_is_not_there_is_not_found(self, client_of, coordinator, name):
        assert client_of(coordinator).get(f"/accounts/export/{name}").status_code == 404

    def test_each_export_is_written_down(self, rows, coordinator):
        factories.AccountFactory(name="Acme")
        rows("accounts", "q=acme")
        entry = Entry.objects.get(action="crm.export.made")
        assert entry.actor_id == coordinator.pk
        assert entry.data == {"kind": "accounts", "form": "csv", "rows": 1, "filters": "q=acme"}

    def test_the_page_lists_what_can_be_taken(self, client_of, coordinator):
        factories.AccountFactory(name="Acme")
        page = client_of(coordinator).get("/accounts/export/").content.decode()
        assert "/accounts/export/accounts.csv" in page
        assert "none yet" in page


class TestThereAndBack:
    """What went out comes in again and changes nothing."""

    @pytest.fixture
    def back(self, client_of, coordinator, tmp_path, now):
        def go(kind):
            reply = client_of(coordinator).get(f"/accounts/export/{kind}.csv")
            path = tmp_path / f"{kind}.csv"
            path.write_bytes(b"".join(reply.streaming_content))
            raw = services.guessed(kind_of(kind), path)
            how = mapping.check(kind_of(kind), raw)
            run = ImportRun.objects.create(kind=kind, file_name=path.name, mapping=raw, created_at=now,
                                           started_at=now, dry_run=False)  # fmt: skip
            services.perform(run, services.from_folder(path, how), how, at=now)
            return run

        return go

    def test_accounts_and_contacts(self, back, rep):
        CustomField.objects.create(kind="account", key="partner", label="Partner", type="yes_no")
        mother = factories.AccountFactory(name="Mother, Ltd")
        acme = factories.AccountFactory(name="Acme", parent=mother, owner=rep, phone="+31 20", custom={"partner": False},
                                        website="acme.example", payment_days=30, credit_limit=Decimal(10))  # fmt: skip
        factories.ContactFactory(
            account=acme, name="Ann", roles=["decides", "pays"], consent="given"
        )
        for kind, model, many in (("accounts", Account, 2), ("contacts", Contact, 1)):
            run = back(kind)
            assert (run.status, run.problem) == (Status.DONE, "")
            assert (run.created, run.changed, run.unchanged) == (0, 0, many), (
                run.traces.values_list("delta")
            )
            assert model.objects.count() == many
