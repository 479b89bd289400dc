"""A whole import taken back: what it made goes, what it changed is put back, what others did since
stays and is listed with the reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm import services as crm
from crm.defaults import ensure_pipeline
from crm.models import Account, Contact, CustomField, Deal
from imports import mapping, services
from imports.kinds import kind_of
from imports.models import ImportRun, ImportTrace, ImportUndo
from imports.services import UndoRefused, traces
from imports.services import undo as work
from journal.models import Entry
from tests import factories

HEAD = ("name", "city", "phone")


@pytest.fixture
def take(bring, write, coordinator):
    def run(kind, rows, *, good_rows=False, **more):
        raw = {"columns": mapping.guess(kind_of(kind), rows[0]), **more}
        return bring(kind, write(rows), raw, by=coordinator, good_rows=good_rows)

    return run


@pytest.fixture
def undo(coordinator):
    """`undo(run)`: the undo, done, and {record: reason} of what stays."""

    def go(run):
        services.ask_undo(run, by=coordinator, at=timezone.now())
        done = services.undo_next(at=timezone.now())
        return done, dict(run.traces.exclude(problem="").values_list("record_id", "problem"))

    return go


class TestWhatItMade:
    def test_is_taken_away_with_an_entry_for_each(self, take, undo):
        run = take("accounts", [HEAD, ("A", "Oslo", ""), ("B", "Rome", "")])
        done, stays = undo(run)
        assert (done.taken_away, done.put_back, done.left, stays) == (2, 0, 0, {})
        assert Account.objects.count() == 0
        assert Entry.objects.filter(action="crm.account.taken_away").count() == 2
        assert Entry.objects.get(action="imports.run.undone").data == {
            "taken_away": 2,
            "put_back": 0,
            "left": 0,
        }

    def test_stays_where_something_hangs_on_it(self, take, undo):
        run = take("accounts", [HEAD, ("A", "", ""), ("B", "", "")])
        kept = Account.objects.get(name="A")
        factories.ContactFactory(account=kept)
        done, stays = undo(run)
        assert (done.taken_away, done.left) == (1, 1)
        assert stays == {kept.pk: "1 contact belong to it."}
        assert Account.objects.get() == kept

    def test_stays_where_somebody_changed_it_since(self, take, undo, rep, now):
        run = take("accounts", [HEAD, ("A", "", "")])
        row = Account.objects.get()
        crm.change_account(row, by=rep, at=now, city="Bonn")
        _, stays = undo(run)
        assert stays[row.pk].startswith(f"{rep.name} changed it on")
        assert Account.objects.get().city == "Bonn"

    def test_goes_with_its_children_from_below(self, take, undo):
        rows = [
            ("name", "parent account"),
            ("Mother", ""),
            ("Child", "Mother"),
            ("Grandchild", "Child"),
        ]
        done, stays = undo(take("accounts", rows))
        assert (done.taken_away, stays, Account.objects.count()) == (3, {}, 0)

    def test_contacts_first_then_the_accounts(self, take, undo):
        accounts = take("accounts", [HEAD, ("A", "", "")])
        contacts = take("contacts", [("account", "name"), ("A", "Ann")])
        undo(contacts)
        assert Contact.objects.count() == 0
        undo(accounts)
        assert Account.objects.count() == 0


class TestWhatItChanged:
    @pytest.fixture
    def acme(self, db):
        CustomField.objects.create(kind="account", key="fleet", label="Fleet", type="number")
        return factories.AccountFactory(name="Acme", city="Rome", phone="1", custom={"other": "x"})

    def test_is_put_back_field_by_field(self, take, undo, acme):
        before = {f.attname: getattr(acme, f.attname) for f in Account._meta.fields}
        run = take("accounts", [(*HEAD, "fleet", "credit limit"), ("ACME", "Oslo", "2", "7", "10")])
        acme.refresh_from_db()
        assert (acme.city, acme.custom) == ("Oslo", {"other": "x", "fleet": 7})
        done, stays = undo(run)
        acme.refresh_from_db()
        after = {f.attname: getattr(acme, f.attname) for f in Account._meta.fields}
        assert (done.put_back, done.taken_away, stays) == (1, 0, {})
        assert {k: v for k, v in after.items() if k != "updated_at"} == {
            k: v for k, v in before.items() if k != "updated_at"
        }

    def test_a_field_that_somebody_changed_since_stays(self, take, undo, acme, rep, now):
        run = take("accounts", [HEAD, ("Acme", "Oslo", "2")])
        crm.change_account(acme, by=rep, at=now, city="Bonn")
        done, stays = undo(run)
        acme.refresh_from_db()
        assert (acme.city, acme.phone) == ("Bonn", "1")
        assert stays == {acme.pk: "Changed since, or gone: city."}
        assert (done.put_back, done.left) == (1, 1)

    def test_a_record_that_is_gone_is_told(self, take, undo, acme):
        run = take("accounts", [HEAD, ("Acme", "Oslo", "2")])
        acme.delete()
        done, stays = undo(run)
        assert (done.put_back, len(stays)) == (0, 1)

    def test_an_id_that_another_record_has_by_now_is_told_and_the_others_are_put_back(
        self, take, undo
    ):
        one = factories.AccountFactory(name="One", external_id="X1", city="Rome")
        two = factories.AccountFactory(name="Two", city="Rome")
        run = take("accounts", [("name", "city"), ("One", "Oslo"), ("Two", "Oslo")])
        ImportTrace.objects.filter(record_id=two.pk).update(delta={"external_id": ["X1", None]})
        _, stays = undo(run)
        one.refresh_from_db()
        assert one.city == "Rome"
        assert stays == {two.pk: "Another record has what this one had before."}

    def test_a_deal_goes_back_to_its_stage_with_its_history(self, take, undo):
        ensure_pipeline()
        factories.AccountFactory(name="Acme")
        head = ("account", "deal name", "stage", "opened on", "closed on", "amount", "product")
        take("deals", [head, ("Acme", "Pumps", "Prospecting", "2026-03-02", "", "900", "GTX")])
        before = list(
            Deal.objects.values("stage_id", "status", "closed_at", "stage_since", "amount")
        )
        run = take(
            "deals", [head, ("Acme", "Pumps", "Won", "2026-03-02", "2026-04-01", "950", "GTX")]
        )
        deal = Deal.objects.get()
        assert (deal.status, deal.lines.get().price) == ("won", 950)
        done, stays = undo(run)
        deal.refresh_from_db()
        assert (done.put_back, stays) == (1, {})
        assert (
            list(Deal.objects.values("stage_id", "status", "closed_at", "stage_since", "amount"))
            == before
        )
        assert [(h.stage.name, h.to_at) for h in deal.history.all()] == [("Prospecting", None)]
        assert deal.lines.get().price == 900

    def test_a_deal_that_moved_on_since_keeps_its_stage(self, take, undo, rep, now):
        ensure_pipeline()
        deal = factories.deal(by=rep, at=now - timedelta(days=9), owner=rep)
        head = ("account", "deal name", "stage", "amount")
        run = take("deals", [head, (deal.account.name, deal.name, "Qualified", "950")])
        crm.move_deal(deal, factories.stage_named("Prospecting"), by=rep, at=timezone.now())
        _, stays = undo(run)
        deal.refresh_from_db()
        assert (deal.stage.name, deal.amount) == ("Prospecting", None)
        assert "stage" in stays[deal.pk]


class TestWhenItCanBe:
    def test_for_thirty_days_once_and_for_real_runs_only(self, take, coordinator, bring, write):
        run = take("accounts", [HEAD, ("A", "", "")])
        tried = bring("accounts", write([HEAD, ("B", "", "")]), dry_run=True)
        goods = bring("products", write([["sku", "name"], ["P", "Pump"]]))
        same = take("accounts", [HEAD, ("A", "", "")])
        late = run.finished_at + timedelta(days=31)
        for row, at, words in ((tried, timezone.now(), "finished import"), (goods, timezone.now(), "this kind"),
                               (same, timezone.now(), "changed nothing"), (run, late, "30 days")):  # fmt: skip
            with pytest.raises(UndoRefused, match=words):
                services.ask_undo(row, by=coordinator, at=at)
        services.ask_undo(run, by=coordinator, at=timezone.now())
        with pytest.raises(UndoRefused, match="being undone"):
            services.ask_undo(run, by=coordinator, at=timezone.now())

    def test_a_worker_that_dies_is_followed_by_another_that_goes_on(
        self, take, coordinator, monkeypatch
    ):
        run = take("accounts", [HEAD, *((f"A{n}", "", "") for n in range(7))])
        services.ask_undo(run, by=coordinator, at=timezone.now())
        monkeypatch.setattr(work, "PART", 3)
        real, parts = work._take_part_away, []

        def dies_in_the_second_part(*args, **more):
            parts.append(1)
            if len(parts) == 2:
                raise RuntimeError
            return real(*args, **more)

        monkeypatch.setattr(work, "_take_part_away", dies_in_the_second_part)
        with pytest.raises(RuntimeError):
            services.undo_next(at=timezone.now())
        assert (Account.objects.count(), services.undo_next(at=timezone.now())) == (4, None)
        done = services.undo_next(at=timezone.now() + timedelta(minutes=11))
        assert (done.taken_away, Account.objects.count()) == (7, 0)

    def test_a_long_one_is_done_in_turns(self, take, coordinator, monkeypatch):
        run = take("accounts", [HEAD, *((f"A{n}", "", "") for n in range(7))])
        services.ask_undo(run, by=coordinator, at=timezone.now())
        monkeypatch.setattr(work, "PART", 3)
        monkeypatch.setattr(work, "SHIFT", timedelta(0))
        left = []
        while (
            undo := services.undo_next(at=timezone.now())
        ) is not None and undo.finished_at is None:
            left.append(Account.objects.count())
        assert left == [4, 1, 0]
        assert ImportUndo.objects.get().taken_away == 7

    def test_traces_are_forgotten_when_they_are_of_no_use_any_more(self, take):
        factories.AccountFactory(name="Acme", city="Rome")
        run = take("accounts", [HEAD, ("Acme", "Oslo", ""), ("A", "", "")])
        for days, kept in {29: (1, 1), 31: (0, 0)}.items():
            services.forget_files(at=run.finished_at + timedelta(days=days))
            run.refresh_from_db()
            assert (len(run.made), run.traces.count()) == kept


class TestSpans:
    """What a run made is kept as spans of keys, which a row that makes none breaks in two."""

    ROWS = [
        HEAD,
        *((f"A{n}", "", "") for n in range(3)),
        ("", "", ""),
        ("B1", "", ""),
        ("B2", "", ""),
    ]

    def test_hold_the_keys_of_what_was_made_and_no_others(self, take):
        factories.AccountFactory(name="A1")
        run = take("accounts", self.ROWS, good_rows=True)
        held = [key for _, first, last in run.made for key in range(first, last + 1)]
        made = Account.objects.exclude(name="A1").order_by("pk").values_list("pk", flat=True)
        assert (held, len(run.made), run.traces.count()) == ([*made], 2, 0)

    def test_are_undone_record_by_record(self, take, undo):
        run = take("accounts", self.ROWS, good_rows=True)
        done, stays = undo(run)
        assert (done.total, done.taken_away, stays) == (5, 5, {})
        run.refresh_from_db()
        assert (run.made, Account.objects.count()) == ([], 0)

    def test_are_rows_where_there_would_be_too_many(self, take, undo, monkeypatch):
        monkeypatch.setattr(traces, "MOST_SPANS", 0)
        run = take("accounts", self.ROWS, good_rows=True)
        assert (run.made, run.traces.count()) == ([], 5)
        assert undo(run)[0].taken_away == 5


class TestPages:
    @pytest.fixture
    def run(self, take):
        factories.AccountFactory(name="Acme", city="Rome")
        return take("accounts", [HEAD, ("Acme", "Oslo", ""), ("New", "", "")])

    def test_from_the_page_of_the_run_to_the_list_of_what_stays(self, client_of, coordinator, run):
        desk, url = client_of(coordinator), f"/imports/{run.pk}/"
        page = desk.get(url).content.decode()
        assert "Undo the whole import" in page
        assert "What differs from our records" in page
        factories.ContactFactory(account=Account.objects.get(name="New"))
        assert desk.post(f"{url}undo/").url == url
        assert "Being undone" in desk.get(url).content.decode()
        assert "HX-Refresh" not in desk.get(f"{url}undo/progress/")
        services.undo_next(at=timezone.now())
        assert desk.get(f"{url}undo/progress/")["HX-Refresh"] == "true"
        page = desk.get(url).content.decode()
        assert "1 contact belong to it." in page
        assert "Undo the whole import" not in page
        listed = b"".join(desk.get(f"{url}undo/left.csv").streaming_content).decode()
        assert "crm.account" in listed

    def test_a_second_click_says_that_it_is_under_way(self, client_of, coordinator, run):
        desk = client_of(coordinator)
        for _ in range(2):
            reply = desk.post(f"/imports/{run.pk}/undo/", follow=True)
        assert "This import is being undone, or was." in reply.content.decode()
        assert ImportUndo.objects.count() == 1

    def test_conflicts_row_by_row(self, client_of, coordinator, run):
        page = client_of(coordinator).get(f"/imports/{run.pk}/conflicts/").content.decode()
        for words in ("Acme", "City", "Rome", "Oslo"):
            assert words in page

    def test_the_choice_after_a_try_is_kept(self, client_of, coordinator, run):
        ImportRun.objects.filter(pk=run.pk).update(dry_run=True, stored_as="x")
        desk = client_of(coordinator)
        assert (
            "Only fill fields that are empty here"
            in desk.get(f"/imports/{run.pk}/").content.decode()
        )
        desk.post(f"/imports/{run.pk}/again/", {"intent": "import", "conflicts": "fill"})
        assert ImportRun.objects.order_by("pk").last().mapping["conflicts"] == "fill"

    def test_by_the_api_once(self, api_of, coordinator, rep, run):
        url = f"/api/imports/{run.pk}/undo/"
        assert api_of(rep).post(url).status_code == 403
        reply = api_of(coordinator).post(url)
        assert (reply.status_code, reply.json()["total"], reply.json()["finished_at"]) == (
            202,
            2,
            None,
        )
        again = api_of(coordinator).post(url)
        assert (again.status_code, "being undone" in again.content.decode()) == (409, True)

    def test_reps_undo_nothing(self, client_of, rep, run):
        assert client_of(rep).post(f"/imports/{run.pk}/undo/").status_code == 403
