"""The pages of colleagues: who may what, what is typed stays, what is refused says why."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from comms.models import UnsentFile
from crm import services as crm
from crm.defaults import ensure_pipeline
from crm.models import DealLink
from journal.models import Entry
from library import services
from library.models import Material, Share, Use, Version
from tests.library.conftest import pdf, text_of

pytestmark = pytest.mark.django_db


def upload(name="deck.pdf", content=None):
    return SimpleUploadedFile(name, content if content is not None else pdf())


@pytest.fixture
def typed(coordinator):
    return {
        "title": "Deck",
        "kind": "deck",
        "owner": coordinator.pk,
        "industry": "Water, Food",
        "description": "My words",
    }


@pytest.fixture
def desk(coordinator, client_of):
    return client_of(coordinator)


class TestAdding:
    def test_adds_it_with_its_tags(self, desk, typed):
        reply = desk.post("/library/new/", typed | {"file": upload()})
        row = Material.objects.get()
        assert reply["Location"] == f"/library/{row.pk}/"
        assert sorted(row.tags.values_list("value", flat=True)) == ["Food", "Water"]
        body = text_of(desk.get(reply["Location"]))
        assert "It is being read" in body
        services.read_next(at=row.created_at)
        assert "Page 1" in text_of(desk.get(reply["Location"]))

    def test_a_double_submit_adds_once(self, desk, typed):
        for _ in range(2):
            assert (
                desk.post(
                    "/library/new/", typed | {"file": upload(), "idempotency_key": "k"}
                ).status_code
                == 302
            )
        assert Material.objects.count() == 1

    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            ({"title": ""}, "required"), ({"kind": "poem"}, "valid choice"), ({"owner": "9" * 30}, "Choose a colleague"),
            ({"title": "a\0b"}, "Null characters"), ({"description": "x" * 100_000}, "at most 5000"),
            ({"industry": "x" * 61}, "60 letters"), ({"free": ",".join(map(str, range(31)))}, "30 tags"),
            ({"expires_on": "0001-01-01"}, "nearer to now"), ({"review_on": "x"}, "valid date"),
            ({"file": upload("a.exe")}, "cannot be attached"), ({"file": upload("a.pdf", b"MZ")}, "is called a PDF but is none"),
            ({"file": ""}, "required"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(
        self, desk, typed, bad, words
    ):
        reply = desk.post("/library/new/", {**typed, "file": upload(), **bad})
        assert reply.status_code == 422
        assert words in text_of(reply)
        assert "My words" in text_of(reply) or "description" in bad
        assert not Material.objects.exists()

    def test_too_large_is_413(self, desk, typed, settings):
        settings.UPLOAD_MAX_BYTES = 500
        reply = desk.post("/library/new/", typed | {"file": upload(content=pdf() + b"x" * 3000)})
        assert reply.status_code == 413

    @pytest.mark.parametrize("who", ["rep", "logistics_member"])
    def test_others_read_and_change_nothing(self, request, client_of, add, typed, who):
        row, client = add(), client_of(request.getfixturevalue(who))
        assert client.get(f"/library/{row.pk}/").status_code == 200
        assert client.get("/library/").status_code == 200
        for path in ("new/", f"{row.pk}/edit/"):
            assert client.post(f"/library/{path}", typed).status_code == 403
        for path in ("archive/", "versions/add/", "versions/1/current/", "again/"):
            assert client.post(f"/library/{row.pk}/{path}", {}).status_code == 403


class TestOne:
    def test_edit_versions_archive(self, desk, add, typed):
        row = add()
        home = f"/library/{row.pk}/"
        assert desk.post(f"{home}edit/", typed | {"title": "Renamed"})["Location"] == home
        assert (
            desk.post(f"{home}versions/add/", {"file": upload(content=pdf("2")), "note": "New"})[
                "Location"
            ]
            == home
        )
        assert Version.objects.count() == 2
        assert desk.post(f"{home}versions/1/current/")["Location"] == home
        row.refresh_from_db()
        assert (row.title, row.current.number) == ("Renamed", 1)
        desk.post(f"{home}archive/")
        assert "Archived" in text_of(desk.get(home))
        assert desk.post(f"{home}archive/").status_code == 409
        desk.post(f"{home}bring-back/")
        assert desk.post(f"{home}favourite/", {"wanted": "1"}).status_code == 302

    def test_the_same_file_again_is_a_conflict_that_says_so(self, desk, add):
        content = pdf("Same")
        row = add(content=content)
        reply = desk.post(
            f"/library/{row.pk}/versions/add/", {"file": upload(content=content), "note": "Typed"}
        )
        assert reply.status_code == 409
        assert "newest version already" in text_of(reply)
        assert "Typed" in text_of(reply)

    def test_the_file_is_saved_and_never_run(self, desk, add):
        row = add(name="deck.pdf")
        reply = desk.get(f"/library/{row.pk}/versions/1/")
        assert reply["Content-Disposition"].startswith("attachment")
        assert reply["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in reply["Content-Security-Policy"]
        assert b"".join(reply.streaming_content).startswith(b"%PDF")

    def test_a_page_is_a_picture(self, desk, add):
        row = add(read=True)
        reply = desk.get(f"/library/{row.pk}/pages/1/")
        assert reply["Content-Type"] == "image/png"
        assert b"".join(reply.streaming_content).startswith(b"\x89PNG")
        assert desk.get(f"/library/{row.pk}/pages/2/").status_code == 404

    @pytest.mark.parametrize(
        "path",
        ["999999/", "99999999999999999999/", "1/pages/99999999999/", "1/versions/99999999999/"],
    )
    def test_what_is_not_there_is_not_found(self, desk, path):
        assert desk.get(f"/library/{path}").status_code == 404

    def test_a_failure_is_said_on_the_page_and_can_be_tried_again(self, desk, add):
        from kit.uploads import store

        row = add()
        store.path_of(row.current.stored_as).write_bytes(b"%PDF-1.7 broken")
        services.read_next(at=row.created_at)
        assert "This file could not be read." in text_of(desk.get(f"/library/{row.pk}/"))
        assert desk.post(f"/library/{row.pk}/again/").status_code == 302

    def test_queries_do_not_grow_with_use(self, desk, add, share, django_assert_max_num_queries):
        row = add(read=True)
        desk.get(f"/library/{row.pk}/")
        for _ in range(5):
            share(row)
        with django_assert_max_num_queries(28):
            desk.get(f"/library/{row.pk}/")


class TestSharing:
    @pytest.fixture
    def page(self, rep, client_of):
        return client_of(rep)

    def test_a_room_for_a_deal_belongs_to_it(self, page, add, account, contact, rep, now):
        deal = crm.open_deal(
            account=account,
            stage=ensure_pipeline().stages.first(),
            by=rep,
            at=now,
            name="New works",
            owner=rep,
        )
        one, two = add("One", content=pdf("1")), add("Two", content=pdf("2"))
        form = f"/library/share/?about=crm.deal&id={deal.pk}&m={one.pk}&m={two.pk}"
        body = text_of(page.get(form))
        assert "Claire Ashworth" in body
        reply = page.post("/library/share/", {
            "materials": [one.pk, two.pk], "contact": contact.pk, "until": "2026-12-24", "about": "crm.deal", "id": deal.pk,
            "download": "on", "title": "All about pumps",
        })  # fmt: skip
        made = Share.objects.get()
        assert reply["Location"] == f"/library/shares/{made.pk}/"
        assert (made.account, made.subject_id, made.items.count()) == (account, deal.pk, 2)
        assert DealLink.objects.get().subject_id == made.pk
        assert Entry.objects.get(action="library.share.made").account_id == account.pk
        assert Use.objects.filter(what="shared", account=account).count() == 2
        one.refresh_from_db()
        assert one.shared == 1
        assert "/library/s/" in text_of(page.get(reply["Location"]))

    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            ({"materials": []}, "Choose a file"), ({"materials": ["9" * 30]}, "cannot be shared any more"),
            ({"until": "2026-01-01"}, "passed already"), ({"until": "2029-01-01"}, "a year at most"),
            ({"email": "nobody"}, "valid email"), ({"gate": "on", "email": ""}, "whose address"),
            ({"domain": "on", "email": "a@b.example"}, "Ask for the address first"),
            ({"gate": "on", "domain": "on", "email": "a@gmail.com"}, "Anybody can have an address there"),
            ({"mail": "on", "email": ""}, "to whom"), ({"words": "a\0"}, "Null"), ({"words": "x" * 100_000}, "at most 2000"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_stands_beside_the_field(self, page, add, bad, words):
        row = add()
        reply = page.post(
            "/library/share/",
            {"materials": [row.pk], "until": "2026-12-24", "title": "My title", **bad},
        )
        assert reply.status_code == 422
        assert words in text_of(reply)
        assert "My title" in text_of(reply)
        assert not Share.objects.exists()

    def test_an_address_that_is_known_is_the_contact(self, page, add, contact):
        row = add()
        page.post(
            "/library/share/",
            {"materials": [row.pk], "until": "2026-12-24", "email": "CLAIRE@northgate.example"},
        )
        assert Share.objects.get().contact == contact

    def test_one_click_for_an_account(self, page, add, account, contact):
        row = add()
        reply = page.post(f"/library/{row.pk}/share/", {"about": "crm.account", "id": account.pk})
        made = Share.objects.get()
        assert reply["Location"] == f"/library/shares/{made.pk}/"
        assert (made.contact, made.account) == (contact, account)

    def test_expired_material_is_a_conflict(self, page, add, account):
        row = add()
        Material.objects.update(expires_on="2026-01-01")
        assert page.post(f"/library/{row.pk}/share/", {}).status_code == 409

    def test_steps_and_their_refusals(self, page, share, add):
        row = share(add())
        home = f"/library/shares/{row.pk}/"
        assert page.post(f"{home}mail/").status_code == 302
        assert page.post(f"{home}prolong/", {"until": "2027-01-10"}).status_code == 302
        assert page.post(f"{home}prolong/", {"until": "2020-01-10"}).status_code == 422
        assert page.post(f"{home}revoke/").status_code == 302
        assert page.post(f"{home}revoke/").status_code == 409
        assert page.post(f"{home}mail/").status_code == 409
        assert "Revoked" in text_of(page.get(home))

    def test_others_do_not_see_it(self, client_of, share, add, stranger, coordinator):
        row = share(add())
        assert client_of(stranger).get(f"/library/shares/{row.pk}/").status_code == 404
        assert client_of(stranger).post(f"/library/shares/{row.pk}/revoke/").status_code == 404
        assert row.title not in text_of(client_of(stranger).get("/library/shares/"))
        assert client_of(coordinator).get(f"/library/shares/{row.pk}/").status_code == 200

    def test_departments_share_nothing(self, client_of, add, logistics_member):
        row, client = add(), client_of(logistics_member)
        assert client.post(f"/library/{row.pk}/share/", {}).status_code == 403
        assert client.get("/library/shares/").status_code == 403

    @pytest.mark.parametrize("view", ["", "live", "unseen", "over"])
    def test_lists(self, page, share, add, view):
        share(add())
        body = text_of(page.get(f"/library/shares/?view={view}&who=me"))
        assert ("Claire Ashworth" in body) is (view != "over")


class TestSlot:
    def test_suggests_with_a_reason_and_attaches_to_a_draft(
        self, client_of, coordinator, add, account, contact
    ):
        row = add("Water deck", tags={"industry": ["Water"]})
        page = client_of(coordinator)
        slot = f"/library/for/crm.account/{account.pk}/"
        body = text_of(page.get(slot, headers={"HX-Request": "true"}))
        assert "Water deck" in body
        assert "Water industry" in body
        assert "<html" not in body
        reply = page.post(f"{slot}attach/{row.pk}/")
        assert reply["Location"] == f"/accounts/{account.pk}/#thread"
        assert UnsentFile.objects.get().name == "deck.pdf"
        assert f"/library/for/crm.account/{account.pk}/" in text_of(
            page.get(f"/accounts/{account.pk}/")
        )

    def test_what_nobody_may_see_is_not_found(self, client_of, rep):
        page = client_of(rep)
        for path in (
            "crm.account/999999",
            "people.user/1",
            "nothing/1",
            "orders.order/99999999999999999999",
        ):
            assert page.get(f"/library/for/{path}/").status_code == 404

    def test_expired_material_is_not_attached(self, client_of, coordinator, add, account):
        row = add()
        Material.objects.update(expires_on="2026-01-01")
        client_of(coordinator).post(f"/library/for/crm.account/{account.pk}/attach/{row.pk}/")
        assert not UnsentFile.objects.exists()
