"""The guest's pages: no account, one key, nothing that helps a stranger, people counted and machines not."""

import io
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from pypdf import PdfReader

from comms.models import Delivery, Message
from journal.models import Entry, IdempotencyKey
from kit import limits
from library import services
from library.models import GateCode, Material, PageView, Share, Visit
from notices.models import Notice
from tests.library.conftest import PERSON, docx, path_of, pdf, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(add, share):
    """(the share, its path): one PDF of three pages."""
    row = share(add(content=pdf("First", "Second", "Third"), read=True))
    return row, path_of(row)


@pytest.fixture
def inside(shared, guest):
    """(the share, its path, a guest who pressed Open)"""
    row, path = shared
    guest.post(path)
    return row, path, guest


def viewer(path, client):
    return client.get(path, follow=True)


class TestTheWayIn:
    def test_says_who_shares_what_and_shows_nothing_before_open(self, shared, guest):
        row, path = shared
        reply = guest.get(path)
        body = text_of(reply)
        assert "Daniel Okafor shares with Claire Ashworth" in body
        assert "Open" in body
        assert ".png" not in body
        assert guest.get(f"{path}{row.items.get().pk}/")["Location"] == path

    def test_reading_alone_is_no_view_open_is_one(self, shared, guest):
        row, path = shared
        guest.head(path)
        for _ in range(3):
            guest.get(path)
        assert not Visit.objects.exists()
        guest.post(path)
        row.refresh_from_db()
        assert (row.views, Visit.objects.count()) == (1, 1)

    def test_a_double_click_is_one_visit(self, shared):
        for _ in range(2):
            Client(headers={"user-agent": PERSON}).post(shared[1], {"idempotency_key": "k"})
        assert Visit.objects.count() == 1

    @pytest.mark.parametrize(
        "agent",
        [
            "",
            "curl/8.1",
            "Slackbot-LinkExpanding 1.0",
            "Mozilla/5.0 (compatible; Barracuda Sentinel)",
            "python-requests/2",
        ],
    )
    def test_machines_are_not_counted_and_nobody_is_told(self, shared, agent):
        Client(headers={"user-agent": agent}).post(shared[1])
        shared[0].refresh_from_db()
        assert shared[0].views == 0
        assert not Notice.objects.exists()
        assert not Entry.objects.filter(action="library.share.viewed").exists()

    def test_whoever_shared_is_told_once_and_the_timeline_shows_each_visit(
        self, shared, rep, account
    ):
        for _ in range(2):
            Client(headers={"user-agent": PERSON}).post(shared[1])
        told = Notice.objects.get(user=rep)
        assert told.kind == "share_viewed"
        assert told.title == "Claire Ashworth opened “Pumps for water works”"
        entries = Entry.objects.filter(action="library.share.viewed").order_by("pk")
        assert [(entry.account_id, entry.data["first"]) for entry in entries] == [
            (account.pk, True),
            (account.pk, False),
        ]

    def test_no_search_engine_no_cache_no_referrer(self, shared, guest):
        reply = guest.get(shared[1])
        assert (reply["X-Robots-Tag"], reply["Referrer-Policy"]) == ("noindex", "no-referrer")
        assert "no-store" in reply["Cache-Control"]

    @pytest.mark.parametrize("key", ["\0", "é", "%00", "a" * 5_000, "' OR 1=1 --"])
    def test_odd_keys_are_only_unknown(self, guest, key):
        for path in ("", "1/", "1/file/", "1/1/"):
            assert guest.get(f"/library/s/{key}/{path}").status_code == 404
        assert guest.post(f"/library/s/{key}/seconds/").status_code == 404

    def test_revoked_and_expired_ones_say_so_kindly(self, shared, guest, rep, now):
        row, path = shared
        with time_machine.travel(now + timedelta(days=31)):
            old = guest.get(path)
        services.revoke(row, by=rep, at=now)
        gone = guest.get(path)
        for reply in (old, gone, guest.post(path), guest.get(f"{path}{row.items.get().pk}/file/")):
            assert reply.status_code == 410
            assert "Daniel Okafor gladly sends you a new link" in text_of(reply)
            assert row.title not in text_of(reply)

    def test_who_knocks_too_often_is_asked_to_wait(self, shared, guest):
        caches["counters"].set(f"door:127.0.0.1:{int(limits.time()) // 60}", 500)
        assert guest.get(shared[1]).status_code == 429

    def test_the_key_is_kept_nowhere(self, shared, guest, rep, now):
        row, path = shared
        guest.post(path, {"idempotency_key": "one"})
        services.mail_again(row, by=rep, at=now)
        key = path.strip("/").rpartition("/")[2]
        for model in (IdempotencyKey, Entry, Message, Notice, Share, Visit):
            assert key not in str(list(model.objects.values())), model
        assert [mail.private for mail in Delivery.objects.filter(body__contains=key)] == [True]

    def test_a_colleague_looks_without_being_counted(self, shared, client_of, rep, stranger):
        body = text_of(client_of(rep).get(shared[1], follow=True))
        assert "Your looking is not counted" in body
        assert not Visit.objects.exists()
        assert "Your looking is not counted" not in text_of(client_of(stranger).get(shared[1]))

    def test_a_browser_that_names_no_origin_may_open(self, shared):
        strict = Client(enforce_csrf_checks=True, headers={"user-agent": PERSON})
        assert strict.post(shared[1], headers={"origin": "null"}).status_code == 302


class TestLooking:
    def test_page_by_page(self, inside):
        row, path, guest = inside
        item = f"{path}{row.items.get().pk}/"
        body = text_of(guest.get(path, follow=True))
        assert "Page 1 of 3" in body
        assert "?page=2" in body
        guest.get(f"{item}?page=3")
        guest.get(f"{item}?page=3")
        assert sorted(PageView.objects.values_list("page", flat=True)) == [1, 3]
        picture = guest.get(f"{item}2/")
        assert picture["Content-Type"] == "image/png"
        assert b"".join(picture.streaming_content).startswith(b"\x89PNG")
        assert picture["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("page", ["0", "99", "x", "-1", "9" * 40, "\0"])
    def test_odd_pages_are_the_first(self, inside, page):
        row, path, guest = inside
        assert "Page 1 of 3" in text_of(guest.get(f"{path}{row.items.get().pk}/", {"page": page}))

    def test_seconds_are_added_within_reason(self, inside, now):
        row, path, guest = inside
        item = row.items.get().pk
        guest.get(f"{path}{item}/?page=2")
        view = PageView.objects.get(page=2)
        PageView.objects.update(at=now - timedelta(minutes=5))
        said = {"item": item, "page": 2}
        for seconds in ("7", "500"):  # a minute at most each time
            assert guest.post(f"{path}seconds/", said | {"seconds": seconds}).status_code == 204
        view.refresh_from_db()
        assert view.seconds == 67
        for seconds in ("-5", "x", "9" * 30, "0", ""):
            assert guest.post(f"{path}seconds/", said | {"seconds": seconds}).status_code == 204
        view.refresh_from_db()
        assert view.seconds == 67

    def test_no_more_than_the_clock_says(self, inside):
        row, path, guest = inside
        item = row.items.get().pk
        guest.get(f"{path}{item}/?page=2")
        guest.post(f"{path}seconds/", {"item": item, "page": 2, "seconds": 60})
        assert PageView.objects.get(page=2).seconds <= 2

    def test_seconds_of_pages_that_were_not_opened_or_of_strangers_count_nothing(self, inside):
        row, path, guest = inside
        item = row.items.get().pk
        guest.post(f"{path}seconds/", {"item": item, "page": 3, "seconds": 5})
        Client(headers={"user-agent": PERSON}).post(
            f"{path}seconds/", {"item": item, "page": 1, "seconds": 5}
        )
        assert not PageView.objects.filter(seconds__gt=0).exists()

    def test_half_an_hour_later_it_is_another_visit(self, inside, now):
        _, path, guest = inside
        with time_machine.travel(now + timedelta(minutes=45)):
            guest.get(path, follow=True)
        assert Visit.objects.count() == 2

    def test_ten_minutes_later_it_is_the_same(self, inside, now):
        """The negative control."""
        with time_machine.travel(now + timedelta(minutes=10)):
            inside[2].get(inside[1], follow=True)
        assert Visit.objects.count() == 1

    def test_the_cookie_of_one_share_opens_no_other(self, inside, add, share):
        *_, guest = inside
        other = path_of(share(add("Other", content=pdf("x"))))
        guest.cookies["visit"]["path"] = "/"
        assert "Open" in text_of(guest.get(other))
        assert "Page 1" not in text_of(guest.get(other))

    def test_a_room_lists_its_files_and_hides_what_expired(self, add, share, guest):
        one, two = add("One", content=pdf("1"), read=True), add("Two", content=pdf("2"), read=True)
        path = path_of(share(one, two, title="All of it"))
        guest.post(path)
        body = text_of(guest.get(path))
        assert "One" in body
        assert "Two" in body
        Material.objects.filter(pk=one.pk).update(expires_on="2026-01-01")
        assert "One" not in text_of(guest.get(path, follow=True))
        item = Share.objects.get().items.get(material=one)
        assert guest.get(f"{path}{item.pk}/").status_code == 410
        assert guest.get(f"{path}{item.pk}/1/").status_code == 404

    def test_office_files_are_shown_as_words(self, add, share, guest):
        path = path_of(share(add(content=docx("Terms <b>apply</b>"), name="terms.docx", read=True)))
        guest.post(path)
        body = text_of(guest.get(path, follow=True))
        assert "Terms &lt;b&gt;apply" in body

    def test_an_item_of_another_share_is_not_found(self, inside, add, share):
        other = share(add("Other", content=pdf("x"), read=True)).items.get().pk
        _, path, guest = inside
        assert guest.get(f"{path}{other}/").status_code == 410
        assert guest.get(f"{path}{other}/file/").status_code == 404
        assert guest.get(f"{path}{other}/1/").status_code == 404


class TestDownload:
    def test_as_it_is_counted_once_in_a_visit(self, inside):
        row, path, guest = inside
        for _ in range(2):
            reply = guest.get(f"{path}{row.items.get().pk}/file/")
            assert reply["Content-Disposition"].startswith("attachment")
            assert b"".join(reply.streaming_content).startswith(b"%PDF")
        assert Entry.objects.filter(action="library.share.downloaded").count() == 1

    def test_not_where_it_is_not_allowed(self, add, share, guest):
        row = share(add(read=True), rules={"download": False})
        path = path_of(row)
        guest.post(path)
        assert "Download" not in text_of(guest.get(path, follow=True))
        assert guest.get(f"{path}{row.items.get().pk}/file/").status_code == 404

    def test_with_the_guests_name_on_every_page(self, add, share, guest):
        row = share(add(content=pdf("One", "Two"), read=True), rules={"watermark": True})
        path = path_of(row)
        guest.post(path)
        reply = guest.get(f"{path}{row.items.get().pk}/file/")
        pages = PdfReader(io.BytesIO(b"".join(reply.streaming_content))).pages
        assert all("Claire Ashworth · Tue 24 Nov" in page.extract_text() for page in pages)

    def test_the_pictures_carry_it_too(self, add, share, guest):
        material = add(content=pdf("One"), read=True)
        plain, marked = share(material), share(material, rules={"watermark": True})
        seen = []
        for row in (plain, marked):
            path = path_of(row)
            guest.post(path)
            seen.append(b"".join(guest.get(f"{path}{row.items.get().pk}/1/").streaming_content))
        assert seen[0].startswith(b"\x89PNG")
        assert seen[1].startswith(b"\x89PNG")
        assert seen[0] != seen[1]

    def test_what_cannot_be_marked_is_not_given(self, add, share, guest):
        row = share(add(content=docx("x"), name="a.docx", read=True), rules={"watermark": True})
        path = path_of(row)
        guest.post(path)
        assert guest.get(f"{path}{row.items.get().pk}/file/").status_code == 404

    def test_a_pdf_that_breaks_while_it_is_marked_is_refused_with_words(self, add, share, guest):
        from kit.uploads import store

        row = share(material := add(read=True), rules={"watermark": True})
        store.path_of(material.current.stored_as).write_bytes(b"%PDF-1.7 broken")
        path = path_of(row)
        guest.post(path)
        reply = guest.get(f"{path}{row.items.get().pk}/file/")
        assert reply.status_code == 409
        assert "cannot be marked" in text_of(reply)


class TestGate:
    @pytest.fixture
    def gated(self, add, share):
        def make(**rules):
            return share(add(read=True), rules={"gate": True, **rules})

        return make

    def code_in(self, to):
        mail = (
            Delivery.objects.filter(recipient=to, key__startswith="library-code:")
            .order_by("-pk")
            .first()
        )
        return re.search(r"\*\*(\d{6})\*\*", mail.body)[1]

    def test_the_address_gets_a_code_and_the_code_opens(self, gated, guest):
        path = path_of(gated())
        assert "Send me a code" in text_of(guest.get(path))
        guest.post(path, {"email": "claire@northgate.example"})
        mail = Delivery.objects.get(key__startswith="library-code:")
        assert mail.private
        reply = guest.post(
            path,
            {"email": "claire@northgate.example", "code": self.code_in("claire@northgate.example")},
        )
        assert reply.status_code == 302
        assert Visit.objects.get().email == "claire@northgate.example"
        assert "Page 1" in text_of(guest.get(path, follow=True))

    def test_open_without_a_code_opens_nothing(self, gated, guest):
        row = gated()
        guest.post(path_of(row), {"idempotency_key": "k"})
        assert not Visit.objects.exists()
        assert guest.get(f"{path_of(row)}{row.items.get().pk}/")["Location"] == path_of(row)

    def test_a_strangers_address_is_answered_alike_and_gets_nothing(self, gated, guest):
        path = path_of(gated())
        right = text_of(guest.post(path, {"email": "claire@northgate.example"}))
        wrong = text_of(guest.post(path, {"email": "eve@elsewhere.example"}))
        blind = [re.sub(r"[\w.]+@[\w.]+|value=\"[\w-]{20,}\"", "", text) for text in (right, wrong)]
        assert blind[0] == blind[1]
        assert Delivery.objects.filter(key__startswith="library-code:").count() == 1

    def test_colleagues_only_where_the_domain_is_let_in(self, gated, guest):
        closed, opened = path_of(gated()), path_of(gated(domain=True))
        for path in (closed, opened):
            guest.post(path, {"email": "paul@northgate.example"})
        assert [
            mail.recipient for mail in Delivery.objects.filter(key__startswith="library-code:")
        ] == ["paul@northgate.example"]
        code = self.code_in("paul@northgate.example")
        assert (
            guest.post(closed, {"email": "paul@northgate.example", "code": code}).status_code == 422
        )
        assert (
            guest.post(opened, {"email": "paul@northgate.example", "code": code}).status_code == 302
        )

    def test_a_code_dies_after_five_wrong_ones(self, gated, guest):
        path = path_of(gated())
        said = {"email": "claire@northgate.example"}
        guest.post(path, said)
        code = self.code_in("claire@northgate.example")
        wrong = "000000" if code != "000000" else "111111"
        for _ in range(5):
            assert guest.post(path, said | {"code": wrong}).status_code == 422
        assert guest.post(path, said | {"code": code}).status_code == 422

    def test_a_code_opens_once_and_for_twenty_minutes(self, gated, guest, now):
        path, said = path_of(gated()), {"email": "claire@northgate.example"}
        guest.post(path, said)
        code = self.code_in("claire@northgate.example")
        with time_machine.travel(now + timedelta(minutes=21)):
            assert guest.post(path, said | {"code": code}).status_code == 422
        assert guest.post(path, said | {"code": code}).status_code == 302
        assert Client().post(path, said | {"code": code}).status_code == 422

    def test_five_codes_an_hour(self, gated, guest):
        path = path_of(gated())
        answers = [
            guest.post(path, {"email": "claire@northgate.example"}).status_code for _ in range(6)
        ]
        assert answers == [200] * 5 + [429]

    @pytest.mark.parametrize(
        "typed",
        [
            {"email": ""},
            {"email": "x"},
            {"email": "a\0@b.example"},
            {"email": "a@b.example", "code": "x" * 50},
        ],
    )
    def test_bad_words_are_refused_beside_the_field(self, gated, guest, typed):
        assert guest.post(path_of(gated()), typed).status_code == 422
        assert not GateCode.objects.exists()
