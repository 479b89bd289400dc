"""Material: added, described, with versions of which exactly one is current, with a last day."""

import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from comms import services as comms
from journal.models import Entry
from kit.uploads import NotAllowed, store
from library import services
from library.models import Favourite, Material, Tag, Version
from notices.models import Notice
from tests.library.conftest import pdf

pytestmark = pytest.mark.django_db


def at_once(row, version):
    """Make a version current behind the services' back, checked before the transaction ends."""
    Material.objects.filter(pk=row.pk).update(current=version)
    with connection.cursor() as sql:
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestAdding:
    def test_keeps_the_file_the_tags_and_says_so(self, add, coordinator):
        row = add(tags={"industry": ["Water", "water"], "product": ["VM-1"], "free": ["  "]})
        assert row.current.number == 1
        assert row.current.mime == "application/pdf"
        assert sorted(row.tags.values_list("sort", "value")) == [
            ("industry", "Water"),
            ("product", "VM-1"),
        ]
        entry = Entry.objects.get(action="library.material.added")
        assert (entry.actor_name, entry.subject_name) == (coordinator.name, row.title)

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"title": "  "}, "title"), ({"kind": "poem"}, "no such kind"),
            ({"tags": {"free": ["x" * 61]}}, "60 letters"),
            ({"tags": {"free": [str(n) for n in range(31)]}}, "30 tags"),
        ],
    )  # fmt: skip
    def test_refuses_what_cannot_be_kept(self, add, fields, words):
        with pytest.raises(services.BadMaterial, match=words):
            add(fields.pop("title", "Deck"), **fields)
        assert not Material.objects.exists()

    def test_an_owner_who_has_left_owns_nothing(self, add, rep):
        rep.is_active = False
        with pytest.raises(services.BadMaterial, match="not here any more"):
            add(owner=rep)

    def test_a_file_that_is_not_what_it_says_is_refused_at_the_door(self, add):
        with pytest.raises(NotAllowed, match="is called a PDF but is none"):
            add(content=b"MZ not a document")
        assert not Material.objects.exists()


class TestVersions:
    def test_the_newest_is_current_and_older_ones_stay(self, add, coordinator, now):
        row = add()
        second = services.add_version(
            row,
            file=io.BytesIO(pdf("New")),
            name="deck2.pdf",
            note="Prices",
            by=coordinator,
            at=now,
        )
        row.refresh_from_db()
        assert row.current_id == second.pk
        assert list(row.versions.order_by("number").values_list("number", "note")) == [
            (1, ""),
            (2, "Prices"),
        ]

    def test_an_older_one_can_be_given_out_again(self, add, coordinator, now):
        row = add()
        first = row.current
        services.add_version(row, file=io.BytesIO(pdf("2")), name="b.pdf", by=coordinator, at=now)
        services.make_current(first, by=coordinator, at=now)
        row.refresh_from_db()
        assert row.current_id == first.pk
        with pytest.raises(services.Settled):
            services.make_current(first, by=coordinator, at=now)

    def test_the_same_file_is_no_new_version_and_leaves_nothing_on_the_disk(
        self, add, coordinator, now, settings
    ):
        content = pdf("Same")
        row = add(content=content)
        before = len(list(settings.MEDIA_ROOT.glob("*/*")))
        with pytest.raises(services.Settled, match="newest version already"):
            services.add_version(
                row, file=io.BytesIO(content), name="x.pdf", by=coordinator, at=now
            )
        assert Version.objects.count() == 1
        assert len(list(settings.MEDIA_ROOT.glob("*/*"))) == before

    def test_the_database_takes_no_version_of_another_material_for_current(self, add):
        one, other = add("One", content=pdf("1")), add("Other", content=pdf("2"))
        with pytest.raises(IntegrityError), transaction.atomic():
            at_once(one, other.current_id)

    def test_its_own_older_version_it_takes(self, add, coordinator, now):
        """The negative control."""
        row = add()
        first = row.current_id
        services.add_version(row, file=io.BytesIO(pdf("2")), name="b.pdf", by=coordinator, at=now)
        with transaction.atomic():
            at_once(row, first)

    def test_none_is_current_never(self, add):
        row = add()
        with pytest.raises(IntegrityError), transaction.atomic():
            Material.objects.filter(pk=row.pk).update(current=None)

    def test_the_clean_up_of_files_leaves_them(self, add, now, settings):
        import os

        row = add(read=True)
        orphan = store.keep(io.BytesIO(b"nobody's")).name
        old = (now - timedelta(days=3)).timestamp()
        for place in settings.MEDIA_ROOT.glob("*/*"):
            os.utime(place, (old, old))
        assert comms.forget_files(at=now) == 1
        assert not store.path_of(orphan).exists()
        assert store.path_of(row.current.stored_as).exists()
        assert store.path_of(row.current.images.get().stored_as).exists()


class TestChanging:
    def test_says_what_changed_and_nothing_when_nothing_did(self, add, coordinator, now):
        row = add(tags={"industry": ["Water"]})
        same = {
            "title": row.title,
            "kind": row.kind,
            "owner": row.owner,
            "by": coordinator,
            "at": now,
        }
        services.change(row, **same, tags={"industry": ["Water"]})
        assert not Entry.objects.filter(action="library.material.changed").exists()
        services.change(row, **same | {"title": "Other"}, tags={"industry": ["Food"]})
        entry = Entry.objects.get(action="library.material.changed")
        assert entry.data["fields"] == ["tags", "title"]
        assert list(Tag.objects.values_list("value", flat=True)) == ["Food"]

    def test_archived_and_brought_back(self, add, coordinator, now):
        row = add()
        services.archive(row, by=coordinator, at=now)
        assert not Material.objects.live().exists()
        with pytest.raises(services.Settled):
            services.archive(row, by=coordinator, at=now)
        services.bring_back(row, by=coordinator, at=now)
        assert Material.objects.live().exists()

    def test_a_favourite_is_marked_once_and_for_oneself(self, add, rep, coordinator, now):
        row = add()
        for _ in range(2):
            services.set_favourite(row, wanted=True, by=rep, at=now)
        assert list(Favourite.objects.values_list("user", flat=True)) == [rep.pk]
        services.set_favourite(row, wanted=False, by=coordinator, at=now)
        assert Favourite.objects.count() == 1


class TestLastDays:
    def test_expired_material_cannot_be_newly_shared(self, add, share, now):
        row = add(expires_on=now.date() - timedelta(days=1))
        with pytest.raises(services.NotOffered, match="expired"):
            share(row)

    def test_on_its_last_day_it_can(self, add, share, now):
        """The negative control."""
        assert share(add(expires_on=now.date())).pk

    @pytest.mark.parametrize("name", ["review_on", "expires_on"])
    def test_the_owner_is_told_before_and_on_the_day_once(self, add, coordinator, now, name):
        day = now.date() + timedelta(days=10)
        add(**{name: day})
        for _ in range(3):
            services.remind(at=now)
        assert Notice.objects.filter(user=coordinator, kind="material_due").count() == 1
        for hours in (0, 5):
            services.remind(at=now + timedelta(days=10, hours=hours))
        told = list(
            Notice.objects.filter(user=coordinator).order_by("pk").values_list("title", flat=True)
        )
        assert len(told) == 2
        assert "4 Dec" in told[0]

    def test_what_is_far_off_or_archived_is_not_told(self, add, coordinator, now):
        """The negative control."""
        add(review_on=now.date() + timedelta(days=90))
        services.archive(
            add("Old", content=pdf("o"), expires_on=now.date()), by=coordinator, at=now
        )
        services.remind(at=now)
        assert not Notice.objects.exists()
