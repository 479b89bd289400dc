"""The list of what was done about customers: found, seen by whom it may be, put right."""

from datetime import timedelta
from functools import partial

import pytest
from django.http import QueryDict

from crm import services
from crm.models import Activity, RecordView, Territory
from crm.queries import lists
from journal.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db


def said(user, query=""):
    rows = lists.rows_for("activity", user, QueryDict(query))
    return sorted(rows.values_list("text", flat=True))


def text(answer):
    return answer.content.decode()


@pytest.fixture
def log(now):
    return partial(factories.activity, at=now)


@pytest.fixture
def north(team):
    return Territory.objects.create(name="North", is_closed=True)


class TestFilters:
    def test_each_asks_for_what_it_says(self, log, rep, coordinator, now):
        berg = factories.AccountFactory(name="Berg")
        person = factories.ContactFactory(account=berg)
        deal = factories.deal(by=rep, at=now, account=berg)
        lead = services.add_lead(by=rep, at=now, name="Ida Berg")
        log(
            rep,
            "Curve",
            outcome="reached",
            account=berg,
            contact=person,
            deal=deal,
            is_incoming=True,
        )
        log(coordinator, "Seal", outcome="no_answer")
        log(coordinator, "Tour", kind="visit", lead=lead, happened_at=now - timedelta(days=20))
        ask = lambda query: said(coordinator, query)  # noqa: E731
        assert ask("") == ask("kind=nothing") == ["Curve", "Seal", "Tour"]
        assert ask("kind=visit") == ask(f"lead={lead.pk}") == ["Tour"]
        assert ask("outcome=no_answer") == ask("way=out") == ["Seal"]
        assert ask("way=in") == ask("company=BERG") == ask(f"account={berg.pk}") == ["Curve"]
        assert (
            ask(f"deal={deal.pk}")
            == ask(f"contact={person.pk}")
            == ask(f"by={rep.pk}")
            == ["Curve"]
        )
        assert ask("by=me") == ["Seal", "Tour"]
        assert ask("when=last7") == ["Curve", "Seal"]
        until = (now - timedelta(days=10)).date()
        assert ask(f"when_to={until}") == ["Tour"]
        assert ask(f"when_from={until}") == ["Curve", "Seal"]

    @pytest.mark.parametrize(
        ("words", "found"),
        [("curve", True), ("CUR", True), ("hot curve", True), ("curve hot", True), ("urve", False),
         ("o'neil", True), ("ann@berg.example", True), ("curve cold", False), ("&", False)],
    )  # fmt: skip
    def test_every_word_stands_in_the_text_or_begins_a_word_there(self, log, rep, words, found):
        log(rep, "O'Neil wants the curve for hot water, write to ann@berg.example")
        query = QueryDict(mutable=True)
        query["q"] = words
        assert bool(said(rep, query.urlencode())) is found

    @pytest.mark.parametrize(
        "query", ["q='", "q=\\", "q=%26|!():*<->", "q=%00", "account=x", "by=%00", "when_from=soon",
                  "lead=99999999999999999999", "sort=nothing&after=bm8", "q=" + "a+" * 500],
    )  # fmt: skip
    def test_what_an_address_cannot_mean_is_no_error(self, query, coordinator, client_of):
        assert client_of(coordinator).get(f"/activities/?{query}").status_code == 200


class TestWhoReads:
    def test_a_private_note_is_its_writers_alone_everywhere(
        self, log, rep, manager, client_of, api_of
    ):
        note = log(rep, "Quiet words", kind="note", is_private=True)
        log(rep, "Loud words", kind="note")
        for other in (manager,):
            assert said(other) == said(other, "q=words") == ["Loud words"]
            assert said(other, "private=yes") == []
            assert "Quiet" not in text(client_of(other).get("/activities/"))
            assert client_of(other).get(f"/activities/{note.pk}/").status_code == 404
            assert api_of(other).get("/api/activities/?q=quiet").json()["results"] == []
        assert said(rep) == ["Loud words", "Quiet words"]
        assert said(rep, "private=yes") == ["Quiet words"]
        assert "Quiet" in text(client_of(rep).get("/activities/"))
        assert "Nobody but you" in text(client_of(rep).get(f"/activities/{note.pk}/"))

    def test_closed_territories_stay_closed_and_their_owners_and_teams_see_them(
        self, log, rep, coordinator, north, now, client_of
    ):
        closed = factories.AccountFactory(name="Closed Waterworks", territory=north)
        lead = services.add_lead(by=coordinator, at=now, name="Ida", territory=north)
        entry = log(coordinator, "Account", account=closed)
        log(coordinator, "Lead", lead=lead)
        log(coordinator, "Open")
        assert said(rep) == ["Open"]
        assert said(rep, f"account={closed.pk}") == said(rep, "company=closed waterworks") == []
        assert client_of(rep).get(f"/activities/{entry.pk}/").status_code == 404
        page = text(client_of(rep).get(f"/activities/?account={closed.pk}"))
        assert "Closed Waterworks" not in page
        assert said(coordinator) == ["Account", "Lead", "Open"]
        assert "Closed Waterworks" in text(
            client_of(coordinator).get(f"/activities/?account={closed.pk}")
        )
        closed.owner = rep
        closed.save()
        assert said(rep) == ["Account", "Open"]
        north.teams.add(rep.team)
        assert said(rep) == ["Account", "Lead", "Open"]

    def test_a_lead_that_became_a_customer_is_asked_for_by_its_account(
        self, log, rep, coordinator, north, now
    ):
        """So the list shows what the account's timeline shows."""
        lead = services.add_lead(by=coordinator, at=now, name="Ida", territory=north)
        log(coordinator, "Asked", lead=lead)
        assert said(rep) == []
        services.convert(
            lead, by=coordinator, at=now, account=factories.AccountFactory(), contact=None
        )
        assert said(rep) == ["Asked"]

    def test_who_may_not_see_activities_gets_none(self, logistics_member, rep, client_of):
        for page in ("/activities/", "/activities/1/", "/activities/new/"):
            assert client_of(logistics_member).get(page).status_code == 403
        assert client_of(rep).get("/activities/").status_code == 200


class TestThePage:
    def test_rows_lead_to_all_that_they_are_about(self, log, rep, coordinator, now, client_of):
        person = factories.ContactFactory()
        deal = factories.deal(by=rep, at=now, account=person.account)
        lead = services.add_lead(by=rep, at=now, name="Ida Berg")
        entry = log(rep, "Curve", account=person.account, contact=person, deal=deal)
        log(rep, "", lead=lead)
        page = text(client_of(coordinator).get("/activities/"))
        for address in (f"/activities/{entry.pk}/", f"/accounts/{person.account_id}/",
                        f"/contacts/{person.pk}/", f"/deals/{deal.pk}/", f"/leads/{lead.pk}/"):  # fmt: skip
            assert f'href="{address}"' in page
        assert 'name="pick"' not in page

    def test_the_newest_stand_first_and_a_page_goes_on_where_the_last_one_ended(
        self, log, rep, now, monkeypatch, client_of
    ):
        monkeypatch.setattr(lists, "PAGE", 3)
        for n in range(7):
            log(rep, f"call-{n}", happened_at=now - timedelta(hours=n // 2))
        client, seen, after = client_of(rep), [], ""
        for _ in range(3):
            page = client.get(f"/activities/?after={after}").context["page"]
            seen += [row["said"] for row in page.rows]
            after = page.next
        assert not after
        assert seen == [f"call-{n}" for n in (1, 0, 3, 2, 5, 4, 6)]

    def test_costs_the_same_whatever_is_in_it(
        self, log, rep, coordinator, now, client_of, django_assert_num_queries
    ):
        client = client_of(coordinator)
        for count in (2, 12):
            for _ in range(count):
                person = factories.ContactFactory()
                deal = factories.deal(by=rep, at=now, account=person.account)
                log(rep, "Curve", account=person.account, contact=person, deal=deal)
                log(rep, "Tour", lead=services.add_lead(by=rep, at=now, name="Ida Berg"))
            client.get("/activities/")
            with django_assert_num_queries(10):
                client.get("/activities/")

    def test_is_told_only_when_something_was_written(self, log, rep, coordinator, now, client_of):
        entry = log(rep, "Curve")
        client = client_of(coordinator)
        door = "/records/lists/activity/changes/"

        def news(tag):
            return client.get(door, headers={"If-None-Match": tag})

        tag = client.get("/activities/")["ETag"]
        assert news(tag).status_code == 304
        log(rep, "Seal")
        assert "Seal" in text(news(tag))
        tag = news(tag)["ETag"]
        services.change_activity(entry, by=rep, at=now, text="Curve of the pump")
        assert "Curve of the pump" in text(news(tag))

    def test_an_empty_one_says_what_to_do(self, log, rep, client_of):
        client = client_of(rep)
        assert "Nothing was written down yet" in text(client.get("/activities/"))
        assert 'href="/activities/new/"' in text(client.get("/activities/"))
        log(rep, "Curve")
        assert "Nothing was said in these words" in text(client.get("/activities/?q=seal"))

    def test_a_view_is_kept_and_stands_beside_the_others(self, rep, client_of):
        client = client_of(rep)
        said = {"name": "My visits", "query": "kind=visit&by=me"}
        client.post("/records/lists/activity/views/save/", said)
        assert RecordView.objects.get().kind == "activity"
        assert "My visits" in text(client.get("/activities/"))

    def test_history_is_changed_neither_in_cells_nor_in_many(self, log, rep, client_of):
        """Not even by who has every permission; of accounts she may change both."""
        entry, owner = log(rep, "Curve"), factories.UserFactory(is_superuser=True)
        client, keys = client_of(owner), {"pick": [entry.pk], "field": "text"}
        assert client.get(f"/records/lists/activity/{entry.pk}/text/").status_code == 403
        assert client.post("/records/lists/activity/bulk/", keys).status_code == 403
        account = entry.account_id
        assert client.get(f"/records/lists/account/{account}/city/").status_code == 200
        assert 'name="pick"' in text(client.get("/accounts/"))
        assert 'name="pick"' not in text(client.get("/activities/"))

    def test_what_a_link_asked_for_is_called_by_its_name_and_kept(self, log, rep, client_of):
        entry = log(rep, "Curve", account=factories.AccountFactory(name="Berg"))
        page = text(client_of(rep).get(f"/activities/?account={entry.account_id}"))
        assert "<span>Account</span><b>Berg</b>" in page
        assert f'<input type="hidden" name="account" value="{entry.account_id}">' in page
        assert f'href="/activities/new/?account={entry.account_id}"' in page


class TestOneEntry:
    def test_its_writer_puts_the_words_right_and_that_is_written_down(self, log, rep, client_of):
        entry, client = log(rep, "Curv"), client_of(rep)
        assert "Put the words right" in text(client.get(f"/activities/{entry.pk}/"))
        client.post(f"/activities/{entry.pk}/edit/", {"text": "Curve"})
        entry.refresh_from_db()
        assert entry.text == "Curve"
        assert Entry.objects.filter(action="crm.activity.changed", subject_id=entry.pk).exists()

    def test_nobody_else_does(self, log, rep, manager, client_of):
        entry, client = log(rep, "Curve"), client_of(manager)
        assert "Put the words right" not in text(client.get(f"/activities/{entry.pk}/"))
        answer = client.post(f"/activities/{entry.pk}/edit/", {"text": "Other"})
        assert answer.status_code == 422
        assert answer.context["form"].errors == {"text": ["Only who wrote this can change it."]}
        entry.refresh_from_db()
        assert entry.text == "Curve"

    def test_a_note_is_not_emptied_but_a_call_may_be(self, log, rep, client_of):
        note, call, client = log(rep, "Curve", kind="note"), log(rep, "Curve"), client_of(rep)
        assert client.post(f"/activities/{note.pk}/edit/", {"text": ""}).status_code == 422
        assert client.post(f"/activities/{call.pk}/edit/", {"text": ""}).status_code == 302

    def test_a_new_one_asks_whom_it_is_about_then_what_was_said(self, rep, north, client_of):
        berg = factories.AccountFactory(name="Berg")
        person = factories.ContactFactory(account=berg, name="Ann Vos")
        factories.AccountFactory(name="Hidden", territory=north)
        client = client_of(rep)
        assert client.get("/activities/new/?account=Hidden").status_code == 422
        form = client.get("/activities/new/?account=berg", follow=True)
        assert "Write down, Berg" in text(form)
        assert "Ann Vos" in text(form)
        said = {"kind": "call", "text": "Curve", "contact": person.pk}
        assert client.post(f"/timeline/account/{berg.pk}/log/", said).status_code == 302
        assert Activity.objects.get().contact == person
