"""The pages and the API: who may, what they say, what they refuse."""

import pytest
from django.utils import timezone

from announcements import services
from announcements.models import Announcement, Reading
from announcements.services import Audience
from people.models import Role
from tests import factories

FORM = {
    "kind": "price", "title": "Prices rise", "body": "By **3 %**.", "who": "everybody", "products": "", "accounts": "",
}  # fmt: skip


@pytest.fixture
def row(publish):
    return publish(important=True)


class TestWriting:
    def test_the_desk_writes_and_a_double_submit_is_one(self, coordinator, client_of):
        page, form = client_of(coordinator), FORM | {"idempotency_key": "k"}
        first, second = (page.post("/announcements/new/", form) for _ in range(2))
        assert first.url == second.url
        assert Announcement.objects.count() == 1

    def test_reps_do_not(self, rep, row, client_of):
        page = client_of(rep)
        assert page.post("/announcements/new/", FORM).status_code == 403
        for step in ("edit", "withdraw", "remind"):
            assert page.post(f"/announcements/{row.pk}/{step}/", FORM).status_code == 403

    @pytest.mark.parametrize(("typed", "words"), [
        ({"products": "NO-1"}, "Nothing, or more than one, is called “NO-1”"), ({"who": "chosen"}, "Choose a role, a team"),
        ({"valid_until": "0001-01-01"}, "nearer to now"), ({"title": ""}, "required"), ({"body": "x" * 100_000}, "at most"),
        ({"title": "a\0b"}, "Null characters"), ({"kind": "gossip"}, "valid choice"), ({"teams": "9" * 30, "who": "chosen"}, "teams"),
    ])  # fmt: skip
    def test_what_cannot_be_used_is_said_and_what_was_typed_stays(
        self, coordinator, client_of, typed, words
    ):
        answer = client_of(coordinator).post("/announcements/new/", FORM | {"accounts": ""} | typed)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert "By **3 %**." in answer.content.decode() or "body" in typed

    def test_a_note_begins_on_the_page_of_the_product(self, coordinator, client_of):
        product, page = factories.ProductFactory(sku="VM 1/2"), client_of(coordinator)
        shown = page.get(f"/orders/stock/{product.pk}/")
        if shown.status_code == 404:
            from django.urls import reverse

            shown = page.get(reverse("orders:product", args=[product.pk]))
        assert "/announcements/new/?product=VM%201/2&amp;kind=price" in shown.content.decode()
        form = page.get("/announcements/new/?product=VM%201/2&kind=price").content.decode()
        assert 'value="VM 1/2"' in form
        assert f"Price: {product}"[:20] in form

    def test_a_conflict_keeps_what_was_typed(self, coordinator, row, change, client_of):
        change(row, title="First")
        page = client_of(coordinator)
        answer = page.post(
            f"/announcements/{row.pk}/edit/", FORM | {"title": "Second", "version": "1"}
        )
        assert answer.status_code == 409
        assert 'value="Second"' in answer.content.decode()
        again = page.post(
            f"/announcements/{row.pk}/edit/", FORM | {"title": "Second", "version": "2"}
        )
        assert again.status_code == 302


class TestReading:
    def test_home_shows_cards_until_they_are_put_away(self, rep, publish, client_of):
        page, note = client_of(rep), publish("A note")
        assert "A note" in page.get("/announcements/slot/").content.decode()
        assert "/announcements/slot/" in page.get("/").content.decode()
        answer = page.post(f"/announcements/{note.pk}/dismiss/", headers={"HX-Request": "true"})
        assert "A note" not in answer.content.decode()
        assert "A note" not in page.get("/announcements/slot/").content.decode()

    def test_an_important_one_stays_until_it_is_confirmed(self, rep, row, client_of):
        page = client_of(rep)
        assert page.post(f"/announcements/{row.pk}/dismiss/").status_code == 409
        assert row.title in page.get("/announcements/slot/").content.decode()
        assert page.post(f"/announcements/{row.pk}/confirm/", {"version": "1"}).status_code == 302
        assert row.title not in page.get("/announcements/slot/").content.decode()
        assert "You confirmed this" in page.get(f"/announcements/{row.pk}/").content.decode()

    @pytest.mark.parametrize("version", ["", "0", "x", "9" * 40])
    def test_a_version_that_is_none_confirms_nothing(self, rep, row, client_of, version):
        answer = client_of(rep).post(f"/announcements/{row.pk}/confirm/", {"version": version})
        said = answer.status_code
        assert said == 409
        assert not Reading.objects.filter(user=rep, confirmed_version__gt=0).exists()

    def test_looking_changes_nothing_the_page_itself_says_that_it_is_open(
        self, rep, row, client_of
    ):
        page = client_of(rep)
        assert "data-seen" in page.get(f"/announcements/{row.pk}/").content.decode()
        assert not Reading.objects.filter(user=rep).exists()
        answer = page.post(
            f"/announcements/{row.pk}/opened/", headers={"X-Requested-With": "fetch"}
        )
        assert answer.status_code == 204
        assert Reading.objects.get(user=rep).seen_version == 1

    def test_it_is_hidden_from_whom_it_is_not_for(self, rep, publish, client_of):
        note = publish(audience=Audience(everybody=False, roles=[Role.DEPARTMENT]))
        page = client_of(rep)
        assert page.get(f"/announcements/{note.pk}/").status_code == 404
        assert page.post(f"/announcements/{note.pk}/opened/").status_code == 404
        assert note.title not in page.get("/announcements/").content.decode()

    def test_markdown_is_shown_and_markup_is_not_run(self, rep, publish, client_of):
        note = publish(body="**bold** <script>alert(1)</script> ![x](https://evil.example/p.png)")
        shown = client_of(rep).get(f"/announcements/{note.pk}/").content.decode()
        assert "<strong>bold</strong>" in shown
        assert "<script>alert" not in shown
        assert 'src="https://evil' not in shown

    def test_only_writers_see_who_has_read_it(self, rep, manager, row, client_of):
        assert (
            "Who has read it"
            in client_of(manager).get(f"/announcements/{row.pk}/").content.decode()
        )
        assert (
            "Who has read it"
            not in client_of(rep).get(f"/announcements/{row.pk}/").content.decode()
        )

    def test_a_key_beyond_all_rows_is_no_row(self, rep, client_of):
        assert client_of(rep).get(f"/announcements/{2**70}/").status_code == 404


def test_the_list_costs_the_same_with_many(
    manager, publish, client_of, django_assert_max_num_queries
):  # fmt: skip
    page = client_of(manager)
    for n in range(12):
        publish(f"Note {n}")
    page.get("/announcements/")
    with django_assert_max_num_queries(8):
        shown = page.get("/announcements/").content.decode()
    assert "Note 11" in shown
    assert "1 of 2" in shown


class TestApi:
    def test_the_whole_life(self, coordinator, rep, api_of):
        desk, reader = api_of(coordinator), api_of(rep)
        made = desk.post("/api/announcements/", {"title": "T", "body": "B", "important": True})
        assert made.status_code == 201, made.data
        here = f"/api/announcements/{made.data['id']}/"
        assert reader.post(f"{here}opened/", {}).status_code == 200
        assert reader.post(f"{here}confirm/", {"version": 0}).status_code == 409
        assert reader.post(f"{here}confirm/", {"version": 1}).status_code == 200
        rows = {row["name"]: row for row in desk.get(f"{here}readers/").data}
        assert rows["Daniel Okafor"]["confirmed_at"]
        body = {"title": "T2", "body": "B", "version": 1, "important": True}
        assert desk.put(here, body).data["version"] == 2
        assert desk.put(here, body).status_code == 409
        assert desk.post(f"{here}withdraw/", {}).data["withdrawn_at"]

    def test_reps_read_and_do_not_write(self, rep, row, api_of):
        reader, here = api_of(rep), f"/api/announcements/{row.pk}/"
        assert reader.get(here).data["title"] == row.title
        assert reader.post("/api/announcements/", {"title": "T", "body": "B"}).status_code == 403
        assert reader.put(here, {}).status_code == 403
        for step in ("withdraw", "remind"):
            assert reader.post(f"{here}{step}/", {}).status_code == 403
        assert reader.get(f"{here}readers/").status_code == 403

    @pytest.mark.parametrize("body", [
        {"title": "T"}, {"title": "T", "body": "B", "created_by": 1}, {"title": "T", "body": "B", "valid_until": "0001-01-01"},
        {"title": "T", "body": "B", "roles": ["king"]}, {"title": "T", "body": "B", "teams": [10**30]}, {"title": "a\0", "body": "B"},
    ])  # fmt: skip
    def test_bad_input_is_refused(self, coordinator, api_of, body):
        assert api_of(coordinator).post("/api/announcements/", body).status_code in {400, 422}

    def test_one_key_is_one_announcement(self, coordinator, api_of):
        desk = api_of(coordinator)
        for _ in range(2):
            desk.post(
                "/api/announcements/", {"title": "T", "body": "B"}, headers={"Idempotency-Key": "k"}
            )
        assert Announcement.objects.count() == 1

    def test_reminding_twice_is_a_conflict(self, coordinator, rep, row, api_of):
        here = f"/api/announcements/{row.pk}/remind/"
        assert api_of(coordinator).post(here, {}).status_code == 200
        assert api_of(coordinator).post(here, {}).status_code == 409


def test_what_is_over_stands_under_past(rep, row, coordinator, client_of):
    page = client_of(rep)
    assert row.title in page.get("/announcements/?tab=confirm").content.decode()
    services.withdraw(row, by=coordinator, at=timezone.now())
    assert row.title not in page.get("/announcements/").content.decode()
    assert row.title in page.get("/announcements/?tab=past").content.decode()
