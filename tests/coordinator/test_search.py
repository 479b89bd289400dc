"""Search over everything: found by who may see it, bounded, in words when it cannot be."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordinator import search as finder
from desk import services
from desk.defaults import ensure_types
from desk.models import HandOff
from kit.search import _known as known
from meetings.models import Meeting
from orders.models import Invoice, Order, QuoteFamily
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def kinds(team):
    return ensure_types(team)


@pytest.fixture
def account(db):
    return factories.AccountFactory(name="Northgate Water")


@pytest.fixture
def asked(kinds, rep, now):
    def make(subject="Which seal?", **fields):
        values = {
            "subject": subject, "account": None, "requester": rep, "data": {"question": "Which?"},
            "priority": 3, "wanted_on": None, "by": fields.get("requester", rep), "at": now,
        }  # fmt: skip
        return services.submit(kinds["question"], **values | fields)

    return make


@pytest.fixture
def order(account, rep, now):
    def make(number="SO-20397", **fields):
        values = {"account": account, "rep": rep, "team": rep.team, "placed_at": now}
        return Order.objects.create(number=number, **values | fields)

    return make


@pytest.fixture
def stranger(role_groups):
    team = factories.TeamFactory(name="Leeds desk")
    return factories.member(Role.REP, email="stranger@example.com", name="Sam Strange", team=team)


@pytest.fixture
def find(now):
    """`find(user, text)`: (kind, label) of all hits."""

    def ask(user, text):
        result = finder.search(user, finder.read(text), now=now, limit=10)
        return [(hit.kind, hit.label) for group in result.groups for hit in group.hits]

    return ask


def notes(user, text, now):
    return " ".join(finder.search(user, finder.read(text), now=now, limit=10).notes)


class TestWhatIsFound:
    def test_a_request_by_its_number_and_by_the_bare_number(self, asked, coordinator, find):
        row = asked("Coupling")
        for text in (row.ref, row.ref.lower(), str(row.pk)):
            assert ("request", f"{row.ref} Coupling") in find(coordinator, text)

    def test_requests_by_any_part_of_any_word_in_any_order(self, asked, coordinator, find):
        row = asked("Vertical multistage pump, three")
        assert find(coordinator, "three stage") == [("request", str(row))]
        assert find(coordinator, '"multistage pump"') == [("request", str(row))]
        assert find(coordinator, '"pump multistage"') == []

    def test_two_letters_find_new_requests(self, asked, coordinator, find):
        row = asked("Xylem pump")
        assert find(coordinator, "xy") == [("request", str(row))]

    def test_an_order_by_number_by_digits_and_by_the_customers_number(
        self, order, coordinator, find
    ):
        order(po_number="AB-4500")
        hit = ("order", "SO-20397 Northgate Water")
        for text in ("SO-20397", "so-203", "20397", "ab-45", "po:ab-4500"):
            assert hit in find(coordinator, text), text

    def test_every_kind_by_its_name(
        self, account, coordinator, now, rep, order, logistics, asked, find
    ):
        factories.ContactFactory(account=account, name="Claire Northgate", email="claire@n.example")
        factories.ProductFactory(sku="NG-1", name="Northgate seal")
        Meeting.objects.create(title="Northgate visit", host=rep, requested_at=now, uid="a")
        QuoteFamily.objects.create(number="Q-310", account=account, title="Northgate pumps", amount=1,
                                   valid_until=now.date(), created_at=now)  # fmt: skip
        HandOff.objects.create(department=logistics, order=order(), ask="Northgate crate",
                               asked_by=coordinator, asked_at=now, due_at=now)  # fmt: skip
        asked("Northgate question")
        kinds = {kind for kind, _ in find(coordinator, "northgate")}
        assert kinds == {"account", "contact", "product", "meeting", "quote", "handoff", "request"}
        assert find(coordinator, "Q-310") == [("quote", "Q-310 Northgate pumps")]
        assert find(coordinator, "claire@n.ex") == [("contact", "Claire Northgate")]
        assert find(coordinator, "ng-1") == [("product", "NG-1 Northgate seal")]

    def test_an_invoice_by_its_number(self, order, coordinator, account, now, find):
        Invoice.objects.create(
            number="INV-2026-7", order=order(), account=account, currency="EUR", net=Decimal(1),
            tax=0, gross=1, requested_at=now, issued_on=now.date(), due_on=now.date(), status="issued",
        )  # fmt: skip
        assert find(coordinator, "inv-2026") == [("invoice", "INV-2026-7 Northgate Water")]

    def test_exactly_what_was_typed_comes_first(self, asked, coordinator, find):
        first = asked("Old one")
        for _ in range(12):
            asked(f"About number {first.pk}")
        assert find(coordinator, str(first.pk))[0] == ("request", str(first))


class TestOperators:
    def test_account_and_state_together(self, asked, account, coordinator, now, find):
        mine, other = asked("Open one", account=account), asked("Elsewhere")
        done = asked("Done one", account=account)
        services.withdraw(done, by=done.requester, at=now)
        assert find(coordinator, "account:northgate is:open") == [("request", str(mine))]
        assert find(coordinator, "account:northgate is:done") == [("request", str(done))]
        assert ("request", str(other)) in find(coordinator, "-account:northgate type:request")

    def test_who_holds_it_and_who_asked(self, asked, coordinator, rep, now, find):
        free, held = asked("Free"), asked("Held")
        services.claim(held, by=coordinator, at=now)
        assert find(coordinator, "holder:marta") == [("request", str(held))]
        assert find(coordinator, "owner:me") == [("request", str(held))]
        assert find(coordinator, "is:mine") == [("request", str(held))]
        assert find(coordinator, "is:unclaimed") == [("request", str(free))]
        assert len(find(coordinator, "from:okafor")) == 2
        assert len(find(rep, "from:me")) == 2

    def test_urgent_late_and_days(self, asked, coordinator, now, find):
        urgent = asked("Burning", priority=1)
        old = asked("Old", at=now - timedelta(days=40))
        assert find(coordinator, "is:urgent") == [("request", str(urgent))]
        assert find(coordinator, "priority:urgent") == [("request", str(urgent))]
        assert find(coordinator, "is:late") == [("request", str(old))]
        assert find(coordinator, "before:7d") == [("request", str(old))]
        assert find(coordinator, "after:7d type:request") == [("request", str(urgent))]

    def test_a_kind_that_has_no_such_state_is_not_asked(self, order, asked, coordinator, now, find):
        order(), asked()
        with CaptureQueriesContext(connection) as captured:
            found = find(coordinator, "is:draft")
        assert [kind for kind, _ in found] == ["order"]
        assert not any("desk_salesrequest" in query["sql"] for query in captured)

    def test_type_asks_one_kind_only(self, order, asked, coordinator, find):
        order(), asked()
        with CaptureQueriesContext(connection) as captured:
            assert [kind for kind, _ in find(coordinator, "type:order")] == ["order"]
        assert not any("desk_salesrequest" in query["sql"] for query in captured)

    def test_what_cannot_be_is_said_in_words(self, coordinator, now):
        assert "no operator foo:" in notes(coordinator, "foo:bar", now)
        assert "No account has “nobody”" in notes(coordinator, "account:nobody", now)
        assert "Leave one out" in notes(coordinator, "po:1 priority:high", now)

    def test_tags_wait_until_requests_have_them(self, asked, coordinator, find):
        asked()
        assert find(coordinator, "tag:tender") == []


class TestWhoFinds:
    def test_a_rep_finds_nothing_of_another_team(self, asked, order, stranger, find, account):
        row = asked("Secret pump", account=account)
        order(po_number="PO-9")
        texts = (row.ref, str(row.pk), "secret", "se", "SO-20397", "PO-9", "account:northgate",
                 "is:open", "from:okafor", "type:request", "type:order", "after:9999d")  # fmt: skip
        for text in texts:
            assert not {"request", "order"} & {kind for kind, _ in find(stranger, text)}, text

    def test_a_department_finds_what_it_was_asked_about_only(
        self, asked, logistics, logistics_member, coordinator, now, find
    ):
        row, other = asked("Secret pump"), asked("Secret crate")
        services.claim(row, by=coordinator, at=now)
        HandOff.objects.create(department=logistics, request=row, ask="Weigh it", due_at=now,
                               asked_by=coordinator, asked_at=now)  # fmt: skip
        finance = factories.DepartmentFactory(slug="finance", name="Finance")
        HandOff.objects.create(department=finance, request=row, ask="Weigh the risk", due_at=now,
                               asked_by=coordinator, asked_at=now)  # fmt: skip
        assert find(logistics_member, "secret") == [("request", str(row))]
        assert find(logistics_member, other.ref) == []
        assert find(logistics_member, "weigh") == [("handoff", "Weigh it")]

    def test_a_rep_finds_no_hand_off_and_no_invoice(
        self, rep, order, coordinator, logistics, now, find
    ):
        HandOff.objects.create(department=logistics, order=order(), ask="Weigh it", due_at=now,
                               asked_by=coordinator, asked_at=now)  # fmt: skip
        assert find(rep, "weigh") == []
        assert find(rep, "type:invoice") == []

    def test_an_old_request_of_a_rep_is_found_behind_many_newer_ones(
        self, asked, rep, stranger, kinds, now, find, monkeypatch
    ):
        monkeypatch.setattr("kit.finding.WINDOW", 3)
        monkeypatch.setattr("kit.finding.GLANCE", 2)
        row = asked("zz", at=now - timedelta(days=3))
        for _ in range(6):
            asked("zz", requester=stranger)
        assert find(rep, "zz") == [("request", str(row))]


class TestBounds:
    def test_what_was_not_looked_through_is_said(self, asked, coordinator, now, monkeypatch):
        monkeypatch.setattr("kit.finding.WINDOW", 3)
        monkeypatch.setattr("kit.finding.GLANCE", 2)
        for _ in range(5):
            asked("Seal")
        assert "only the newest" in notes(coordinator, "priority:urgent", now)

    def test_a_common_fragment_is_not_asked_of_the_index(self, asked, coordinator, now):
        """ANALYZE knows that it is common; before ANALYZE the index is asked, in time."""
        from kit import search

        for n in range(30):
            asked(f"Pump {n}")
        with connection.cursor() as sql:
            sql.execute("ANALYZE desk_salesrequest")
        search._known.clear()
        index = "desk_request_subject_trigrams"
        assert search.rare_runs(index, ["pump"], 10) == []
        assert search.rare_runs(index, ["pump"], 1000) == ["pum", "ump"]
        assert "pum" not in search.rare_runs(index, ["pump", "zebra"], 10)
        search._known.clear()

    def test_a_search_that_takes_too_long_shows_what_was_found(
        self, asked, coordinator, now, monkeypatch
    ):
        row = asked("Seal")
        real = finder.find

        def slow(source, ask, *, limit):
            if source.kind == "order":
                with connection.cursor() as sql:
                    sql.execute("SELECT pg_sleep(5)")
            return real(source, ask, limit=limit)

        monkeypatch.setattr(finder, "find", slow)
        result = finder.search(coordinator, finder.read("seal"), now=now, limit=5)
        assert [hit.label for group in result.groups for hit in group.hits] == [str(row)]
        assert "found in time" in result.notes[-1]

    def test_no_statement_of_a_search_is_left_hurried_after_it(self, coordinator, find):
        find(coordinator, "seal")
        with connection.cursor() as sql:
            sql.execute("SHOW statement_timeout")
            assert sql.fetchone() == ("1min",)

    def test_the_number_of_statements_does_not_grow_with_the_rows(self, asked, coordinator, find):
        def statements():
            known.clear()  # what is kept of the statistics for a while would be a matter of time
            with CaptureQueriesContext(connection) as captured:
                find(coordinator, "seal")
            return len(captured)

        asked("Seal")
        few = statements()
        for _ in range(9):
            asked("Seal")
        assert statements() <= few < 40


class TestPage:
    def test_the_page_shows_all_without_javascript(self, asked, coordinator, client_of):
        row = asked("Seal kit")
        html = client_of(coordinator).get("/search/", {"q": "seal"}).content.decode()
        assert f'href="/requests/{row.pk}/"' in html
        assert "<h2>Requests</h2>" in html

    def test_more_of_a_kind_is_a_link(self, asked, coordinator, client_of):
        for n in range(12):
            asked(f"Seal {n}")
        html = client_of(coordinator).get("/search/", {"q": "seal"}).content.decode()
        assert 'href="/search/?q=seal+type%3Arequest"' in html
        more = client_of(coordinator).get("/search/", {"q": "seal type:request"}).content.decode()
        assert more.count('href="/requests/') >= 12

    def test_scripts_in_names_are_shown_as_text(self, asked, coordinator, client_of):
        asked("<script>alert(1)</script>", account=factories.AccountFactory(name='"><img src=x>'))
        for headers in ({}, {"HX-Request": "true"}):
            html = client_of(coordinator).get("/search/?q=script", headers=headers).content.decode()
            assert "<script>alert" not in html
            assert "<img src=x" not in html
            assert "&lt;script&gt;alert(1)" in html

    def test_a_query_of_100_kb_is_refused_politely(self, coordinator, client_of, api_of):
        answer = client_of(coordinator).get("/search/", {"q": "x" * 100_000})
        assert answer.status_code == 400
        assert "200 letters at most" in answer.content.decode()
        assert api_of(coordinator).get("/api/search/", {"q": "x" * 100_000}).status_code == 400

    def test_null_characters_and_odd_letters_are_no_trouble(self, coordinator, client_of):
        for text in (
            "\0",
            "%",
            "_",
            "\\",
            "'",
            "ﬀ",
            "\u202e",
            "-is:",
            '"',
            "R-99999999999999999999",
        ):
            assert client_of(coordinator).get("/search/", {"q": text}).status_code == 200, text


class TestBox:
    def box(self, client, **query):
        return client.get("/search/", query, headers={"HX-Request": "true"}).content.decode()

    def test_only_the_box_comes_by_htmx(self, coordinator, client_of):
        html = self.box(client_of(coordinator), q="zz")
        assert "<html" not in html
        assert 'role="listbox"' in html

    def test_things_to_do_are_offered_to_who_may_do_them(self, coordinator, rep, kinds, client_of):
        html = self.box(client_of(coordinator))
        assert "Take next" in html
        assert "Go to Queue" in html
        assert "Switch theme" in html
        theirs = self.box(client_of(rep))
        assert "Take next" not in theirs
        assert "Go to Queue" not in theirs
        assert "New quote request" in self.box(client_of(rep), q="new quo")

    def test_a_request_that_nobody_has_can_be_claimed_from_the_box(
        self, asked, coordinator, rep, now, client_of
    ):
        row = asked()
        html = self.box(client_of(coordinator), q=row.ref)
        assert f'formaction="/requests/{row.pk}/claim/"' in html
        assert "formaction" not in self.box(client_of(rep), q=row.ref)
        services.claim(row, by=coordinator, at=now)
        assert "formaction" not in self.box(client_of(coordinator), q=row.ref)

    def test_operators_complete_their_values(self, coordinator, client_of):
        html = self.box(client_of(coordinator), q="seal is:")
        assert 'data-complete="seal is:open "' in html
        assert 'data-complete="is:unclaimed "' in self.box(client_of(coordinator), q="is:un")
        assert 'data-complete="account:"' in self.box(client_of(coordinator), q="acc")

    def test_recent_records_have_their_names_of_now(self, asked, order, coordinator, client_of):
        row, bought = asked("Seal kit"), order()
        paths = f"/orders/{bought.pk}/,/requests/{row.pk}/,/requests/999999/,/nowhere/,/queue/,,//"
        html = self.box(client_of(coordinator), recent=paths)
        assert html.index(bought.number) < html.index("Seal kit")

    def test_recent_records_are_only_those_that_may_be_seen(self, asked, stranger, client_of):
        row = asked("Secret pump")
        html = self.box(client_of(stranger), recent=f"/requests/{row.pk}/")
        assert "Secret" not in html

    def test_nothing_found_says_what_to_try(self, coordinator, client_of):
        assert "Nothing fits “zzzz”" in self.box(client_of(coordinator), q="zzzz")


class TestApi:
    def test_the_same_by_the_api(self, asked, coordinator, api_of):
        row = asked("Seal kit")
        body = api_of(coordinator).get("/api/search/", {"q": "seal is:open"}).json()
        assert [(hit["kind"], hit["pk"]) for hit in body["hits"]] == [("request", row.pk)]
        assert body["query"] == "seal is:open"

    def test_parameters_are_strict(self, coordinator, api_of):
        api = api_of(coordinator)
        for query in ({}, {"q": ""}, {"q": "a", "limit": "0"}, {"q": "a", "limit": "x"},
                      {"q": "a", "page": "2"}, {"q": "a", "limit": "51"}, {"q": "a\0"}):  # fmt: skip
            assert api.get("/api/search/", query).status_code == 400, query

    def test_unknown_operators_are_notes_not_errors(self, coordinator, api_of):
        body = json.loads(api_of(coordinator).get("/api/search/", {"q": "foo:bar"}).content)
        assert "no operator foo:" in body["notes"][0]
