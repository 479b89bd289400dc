"""Files in conversations: judged by their bytes, kept apart, read by who may read the message."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from comms import files, services
from comms.models import Attachment
from desk import services as desk
from desk.defaults import ensure_types
from kit import uploads
from kit.uploads import store

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x06\0\0\0" + b"\0" * 40
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def office(members=None, method=zipfile.ZIP_DEFLATED):
    """A document of Word, with these parts beside the usual ones."""
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", method) as archive:
        parts = {"[Content_Types].xml": TYPES, "word/document.xml": b"<w/>"}
        for name, body in {**parts, **(members or {})}.items():
            archive.writestr(name, body)
    return box.getvalue()


def upload(name, body):
    return SimpleUploadedFile(name, body)


@pytest.fixture
def row(team, rep, now):
    return desk.submit(
        ensure_types(team)["question"], subject="Seal", account=None, requester=rep, by=rep,
        data={"question": "?"}, priority=3, wanted_on=None, at=now,
    )  # fmt: skip


@pytest.fixture
def url(row):
    return f"/attachments/for/desk.salesrequest/{row.pk}/"


class TestKinds:
    @pytest.mark.parametrize(
        ("name", "body"),
        [("a.png", PNG), ("a.pdf", PDF), ("a.docx", office()), ("a.csv", b"a;b\n1;2\n"),
         ("a.txt", "Größe".encode()), ("A.PDF", PDF)],
    )  # fmt: skip
    def test_what_it_says_it_is_is_taken(self, name, body):
        assert uploads.inspect(io.BytesIO(body), name)

    @pytest.mark.parametrize(
        ("name", "body"),
        [("a.png", PDF), ("a.pdf", PNG), ("a.docx", PNG), ("a.svg", b"<svg/>"), ("a.html", b"<p>"),
         ("a.exe", b"MZ\0\0"), ("a.txt", b"\0\1\2"), ("a", PNG), ("a.pdf.html", PDF),
         ("a.png", b"<script>"), ("a.pdf", b""), ("a.docx", office()[:-30])],
    )  # fmt: skip
    def test_anything_else_is_not(self, name, body):
        with pytest.raises(uploads.NotAllowed):
            uploads.inspect(io.BytesIO(body), name)

    def test_a_bomb_is_not_opened(self):
        bomb = office({"word/big.xml": b"\0" * 200_000_000})
        assert len(bomb) < 1_000_000
        with pytest.raises(uploads.NotAllowed):
            uploads.inspect(io.BytesIO(bomb), "a.docx")

    @pytest.mark.parametrize(
        "members",
        [{"../../etc/passwd": b"x"}, {"word/x.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'},
         {f"word/{n}.xml": b"" for n in range(20_000)}],
    )  # fmt: skip
    def test_nor_one_with_paths_entities_or_thousands_of_parts(self, members):
        with pytest.raises(uploads.UploadRefused):
            uploads.inspect(io.BytesIO(office(members)), "a.docx")

    @pytest.mark.parametrize(
        ("name", "clean"),
        [
            ("../../etc/passwd.png", "passwd.png"),
            ("C:\\temp\\a.png", "a.png"),
            ("a\r\nb.png", "a b.png"),
        ],
    )
    def test_a_name_is_never_a_path(self, name, clean):
        assert "/" not in uploads.clean_name(name)
        assert "\\" not in uploads.clean_name(name)
        assert "\n" not in uploads.clean_name(name)
        assert uploads.clean_name(name).endswith(clean.split(" ")[-1][-5:])


class TestAttaching:
    def test_a_file_is_kept_under_a_random_name_and_given_back(self, row, rep, url, client_of, now):
        page = client_of(rep)
        reply = page.post(url, {"files": [upload("Flow.pdf", PDF)], "visibility": "requester"})
        assert reply.status_code == 302
        found = Attachment.objects.get()
        assert found.name == "Flow.pdf"
        assert store.path_of(found.stored_as).read_bytes() == PDF
        got = page.get(f"/attachments/{found.pk}/Flow.pdf")
        assert b"".join(got.streaming_content) == PDF
        assert got["Content-Disposition"].startswith("attachment")
        assert got["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in got["Content-Security-Policy"]
        assert "no-store" in got["Cache-Control"]

    def test_a_refused_one_is_said_beside_the_field(self, rep, url, client_of):
        reply = client_of(rep).post(
            url, {"files": [upload("a.svg", b"<svg/>")], "visibility": "requester"}
        )
        assert reply.status_code == 422
        assert "SVG files can carry scripts" in reply.content.decode()
        assert not Attachment.objects.exists()

    def test_one_too_large_is_413_with_the_limit_named(self, rep, url, client_of, settings):
        settings.UPLOAD_MAX_BYTES = 10 * 1024 * 1024
        body = PDF + b"\0" * (25 * 1024 * 1024)
        reply = client_of(rep).post(
            url, {"files": [upload("a.pdf", body)], "visibility": "requester"}
        )
        assert reply.status_code == 413
        assert "10 MB" in reply.content.decode()
        assert not Attachment.objects.exists()

    def test_and_one_just_small_enough_is_taken(self, rep, url, client_of, settings):
        """The control: the limit is what refuses."""
        settings.UPLOAD_MAX_BYTES = 30 * 1024 * 1024
        body = PDF + b"\0" * (25 * 1024 * 1024)
        reply = client_of(rep).post(
            url, {"files": [upload("a.pdf", body)], "visibility": "requester"}
        )
        assert reply.status_code == 302

    def test_a_double_submit_attaches_once(self, rep, url, client_of):
        for _ in range(2):
            client_of(rep).post(url, {"files": [upload("a.pdf", PDF)], "visibility": "requester",
                                      "idempotency_key": "k"})  # fmt: skip
        assert Attachment.objects.count() == 1


class TestWhoReads:
    @pytest.fixture
    def internal(self, row, coordinator, now):
        (made,) = files.attach_all(
            row, [upload("Margin.pdf", PDF)], visibility="internal", by=coordinator, at=now
        )
        return made

    def test_an_internal_file_is_nothing_to_the_rep(
        self, internal, rep, coordinator, url, client_of
    ):
        path = f"/attachments/{internal.pk}/Margin.pdf"
        assert client_of(rep).get(path).status_code == 404
        assert "Margin.pdf" not in client_of(rep).get(url).content.decode()
        shown = client_of(coordinator).get(path)
        assert shown.status_code == 200
        assert b"".join(shown.streaming_content) == PDF

    def test_a_rep_of_another_team_finds_nothing(self, row, rep, url, client_of, role_groups):
        from people.models import Role
        from tests import factories

        stranger = factories.member(Role.REP, name="Sam", team=factories.TeamFactory())
        client_of(rep).post(url, {"files": [upload("a.pdf", PDF)], "visibility": "requester"})
        assert client_of(stranger).get(url).status_code == 404
        assert (
            client_of(stranger).get(f"/attachments/{Attachment.objects.get().pk}/a.pdf").status_code
            == 404
        )

    def test_a_rep_cannot_attach_internally(self, rep, url, client_of):
        reply = client_of(rep).post(
            url, {"files": [upload("a.pdf", PDF)], "visibility": "internal"}
        )
        assert reply.status_code == 422

    def test_removed_by_the_desk_it_is_gone_and_the_row_says_who(
        self, internal, coordinator, client_of, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            client_of(coordinator).post(f"/attachments/{internal.pk}/remove/")
        internal.refresh_from_db()
        assert internal.removed_by == coordinator
        assert not store.path_of(internal.stored_as).exists()
        assert (
            client_of(coordinator).get(f"/attachments/{internal.pk}/Margin.pdf").status_code == 404
        )

    def test_not_by_somebody_else(self, row, coordinator, rep, now):
        (made,) = files.attach_all(
            row, [upload("a.pdf", PDF)], visibility="requester", by=coordinator, at=now
        )
        with pytest.raises(services.NotRemovable):
            services.remove_attachment(made, by=rep, at=now)


class TestPictures:
    def test_only_a_picture_is_shown_in_the_browser(self, row, coordinator, now, client_of):
        made = files.attach_all(
            row,
            [upload("a.png", PNG), upload("a.pdf", PDF)],
            visibility="internal",
            by=coordinator,
            at=now,
        )
        page = client_of(coordinator)
        shown = []
        for file in made:
            answer = page.get(f"/attachments/{file.pk}/{file.name}?inline=1")
            shown.append(answer["Content-Disposition"])
            b"".join(answer.streaming_content)
        assert shown[0].startswith("inline")
        assert shown[1].startswith("attachment")
