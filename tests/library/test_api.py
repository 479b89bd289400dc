"""/api/library-…/: the same steps, with idempotency; default-deny."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from library import services
from library.models import Favourite, Material, Share
from tests.library.conftest import pdf

pytestmark = pytest.mark.django_db
FIRST, SECOND = pdf(), pdf("2")  # the same bytes each time
HOME, SHARES = "/api/library-materials/", "/api/library-shares/"


@pytest.fixture
def api(coordinator, api_of):
    return api_of(coordinator)


def body(**fields):
    return {
        "title": "Deck",
        "kind": "deck",
        "industry": ["Water", "Food"],
        "file": SimpleUploadedFile("a.pdf", FIRST),
        **fields,
    }


class TestMaterials:
    def test_added_read_found_changed(self, api, now):
        reply = api.post(HOME, body(), format="multipart")
        assert reply.status_code == 201
        assert reply.data["tags"]["industry"] == ["Water", "Food"]
        assert reply.data["current"]["state"] == "waiting"
        services.read_next(at=now)
        found = api.get(HOME, {"q": "clean water", "industry": "water"})
        assert [row["title"] for row in found.data["results"]] == ["Deck"]
        assert api.get(HOME, {"q": "valves"}).data["results"] == []
        one = f"{HOME}{reply.data['id']}/"
        changed = api.patch(one, {"title": "Renamed", "industry": ["Oil"]})
        assert (changed.data["title"], changed.data["tags"]["industry"], changed.data["kind"]) == (
            "Renamed",
            ["Oil"],
            "deck",
        )
        assert api.get(f"{HOME}?moon=1").status_code == 400

    def test_the_same_key_adds_once(self, api):
        replies = [
            api.post(HOME, body(), format="multipart", headers={"Idempotency-Key": "k"})
            for _ in range(2)
        ]
        assert replies[0].data["id"] == replies[1].data["id"]
        assert Material.objects.count() == 1

    @pytest.mark.parametrize(
        ("bad", "status"),
        [
            ({"title": ""}, 400), ({"kind": "poem"}, 400), ({"industry": ["x" * 61]}, 400), ({"moon": "1"}, 400),
            ({"expires_on": "0001-01-01"}, 400), ({"title": "a\0"}, 400), ({"owner": "9" * 30}, 400),
            ({"file": SimpleUploadedFile("a.exe", b"MZ")}, 422), ({"file": SimpleUploadedFile("a.pdf", b"MZ")}, 422),
        ],
    )  # fmt: skip
    def test_what_cannot_be_used_is_refused(self, api, bad, status):
        assert api.post(HOME, body(**bad), format="multipart").status_code == status
        assert not Material.objects.exists()

    def test_versions(self, api, add):
        row = add()
        one = f"{HOME}{row.pk}/"
        made = api.post(
            f"{one}versions/",
            {"file": SimpleUploadedFile("b.pdf", SECOND), "note": "New"},
            format="multipart",
        )
        assert (made.status_code, made.data["number"]) == (201, 2)
        again = api.post(
            f"{one}versions/", {"file": SimpleUploadedFile("b.pdf", SECOND)}, format="multipart"
        )
        assert again.status_code == 409
        assert api.get(f"{one}versions/").data[0]["number"] == 2
        assert api.post(f"{one}versions/1/current/").data["current"]["number"] == 1
        assert api.post(f"{one}versions/1/current/").status_code == 409
        assert b"".join(api.get(f"{one}versions/1/file/").streaming_content).startswith(b"%PDF")
        assert api.get(f"{one}versions/99/file/").status_code == 404

    def test_archive_favourite_suggested(self, api, add, account, coordinator):
        row = add(tags={"industry": ["Water"]})
        one = f"{HOME}{row.pk}/"
        assert api.post(f"{one}favourite/").data["favourite"] is True
        assert [r["id"] for r in api.get(f"{HOME}?favourite=true").data["results"]] == [row.pk]
        assert api.delete(f"{one}favourite/").status_code == 204
        assert not Favourite.objects.exists()
        found = api.get(f"{HOME}suggested/crm.account/{account.pk}/")
        assert [(r["material"], r["reason"]) for r in found.data] == [(row.pk, "Water industry")]
        assert api.get(f"{HOME}suggested/crm.account/999999/").status_code == 404
        assert api.post(f"{one}archive/").status_code == 200
        assert api.post(f"{one}archive/").status_code == 409
        assert api.post(f"{one}bring-back/").status_code == 200

    def test_who_may_what(self, api_of, rep, logistics_member, add):
        row = add()
        for user in (rep, logistics_member):
            client = api_of(user)
            assert client.get(HOME).status_code == 200
            assert client.post(HOME, body(), format="multipart").status_code == 403
            assert client.patch(f"{HOME}{row.pk}/", {"title": "x"}).status_code == 403
        assert api_of(logistics_member).get(SHARES).status_code == 403
        assert api_of(rep).get(SHARES).status_code == 200

    def test_queries_do_not_grow(self, api, add, django_assert_max_num_queries):
        for n in range(5):
            add(f"Deck {n}", content=f"n{n}".encode(), name="a.txt")
        with django_assert_max_num_queries(9):
            api.get(HOME)


class TestShares:
    def test_made_looked_at_revoked(self, api, add, account, contact, guest):
        row = add(read=True)
        data = {
            "materials": [row.pk],
            "contact": contact.pk,
            "subject_type": "crm.account",
            "subject_id": account.pk,
            "mail": True,
        }
        reply = api.post(SHARES, data)
        assert reply.status_code == 201
        assert (reply.data["account"], reply.data["materials"]) == (account.pk, [row.pk])
        path = reply.data["link"].partition("//")[2].partition("/")[2]
        guest.post(f"/{path}")
        guest.get(f"/{path}", follow=True)
        one = f"{SHARES}{reply.data['id']}/"
        views = api.get(f"{one}views/").data
        assert (views[0]["visitors"], [p["page"] for p in views[0]["pages"]]) == (1, [1])
        assert api.post(f"{one}prolong/", {"expires_at": "2027-01-01T00:00:00Z"}).status_code == 200
        assert api.post(f"{one}mail/").status_code == 200
        assert api.post(f"{one}revoke/").data["link"] == ""
        assert api.post(f"{one}revoke/").status_code == 409

    @pytest.mark.parametrize(
        ("bad", "status"),
        [
            ({"materials": []}, 400), ({"materials": ["9" * 30]}, 400), ({"days": 0}, 400), ({"days": 400}, 400),
            ({"gate": True, "email": ""}, 422), ({"email": "x"}, 400), ({"moon": 1}, 400),
            ({"subject_type": "crm.account", "subject_id": 999999}, 422), ({"subject_type": "people.user", "subject_id": 1}, 422),
            ({"domain": True, "gate": True, "email": "a@gmail.com"}, 422), ({"mail": True}, 422), ({"title": "a\0"}, 400),
        ],
    )  # fmt: skip
    def test_what_cannot_be_shared_is_refused(self, api, add, bad, status):
        assert api.post(SHARES, {"materials": [add().pk], **bad}).status_code == status
        assert not Share.objects.exists()

    def test_expired_material_is_a_conflict(self, api, add):
        row = add()
        Material.objects.update(expires_on="2026-01-01")
        assert api.post(SHARES, {"materials": [row.pk]}).status_code == 409

    def test_others_do_not_see_it(self, api_of, stranger, share, add):
        row = share(add())
        client = api_of(stranger)
        assert client.get(SHARES).data["results"] == []
        for path in ("", "views/"):
            assert client.get(f"{SHARES}{row.pk}/{path}").status_code == 404
        assert client.post(f"{SHARES}{row.pk}/revoke/").status_code == 404
