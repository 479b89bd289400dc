"""Templates: whose they are, what they said before, which are used."""

from datetime import date, timedelta

import pytest

from comms import services as comms
from comms.models import MessageTemplate, PastTemplate, TemplateUse
from desk.models import CannedAnswer
from journal.models import Entry
from library import services
from library.queries.templates import listed
from notices.models import Notice
from tests.library.conftest import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(coordinator, client_of):
    return client_of(coordinator)


@pytest.fixture
def typed():
    return {"title": "On its way", "body": "Dear {{contact}}", "about": "", "is_active": "on"}


class TestKeeping:
    def test_a_new_one_belongs_to_who_made_it(self, desk, typed, coordinator):
        desk.post("/threads/settings/templates/new/", typed)
        row = MessageTemplate.objects.get()
        assert (row.owner, row.version) == (coordinator, 1)

    def test_other_words_keep_those_of_before(self, desk, typed):
        desk.post("/threads/settings/templates/new/", typed)
        row = MessageTemplate.objects.get()
        edit = f"/threads/settings/templates/{row.pk}/"
        desk.post(edit, typed | {"body": "Hello {{contact}}"})
        row.refresh_from_db()
        past = PastTemplate.objects.get()
        assert (row.version, row.body, past.version, past.body) == (
            2,
            "Hello {{contact}}",
            1,
            "Dear {{contact}}",
        )
        assert Entry.objects.filter(action="comms.setting.changed").count() == 1

    def test_another_day_for_looking_is_no_new_version(self, desk, typed):
        """The negative control."""
        desk.post("/threads/settings/templates/new/", typed)
        row = MessageTemplate.objects.get()
        desk.post(f"/threads/settings/templates/{row.pk}/", typed | {"review_on": "2027-01-01"})
        row.refresh_from_db()
        assert (row.version, row.review_on) == (1, date(2027, 1, 1))
        assert not PastTemplate.objects.exists()

    def test_earlier_words_are_taken_again(self, desk, typed):
        desk.post("/threads/settings/templates/new/", typed)
        row = MessageTemplate.objects.get()
        desk.post(f"/threads/settings/templates/{row.pk}/", typed | {"body": "Hello"})
        page = f"/library/templates/template/{row.pk}/"
        assert "Dear {{contact}}" in text_of(desk.get(f"{page}1/"))
        assert desk.post(f"{page}1/again/").status_code == 302
        row.refresh_from_db()
        assert (row.body, row.version) == ("Dear {{contact}}", 3)
        assert desk.post(f"{page}1/again/").status_code == 409
        assert Entry.objects.filter(action="comms.template.restored").exists()

    def test_reps_read_and_change_nothing(self, client_of, rep, coordinator, now):
        row = MessageTemplate.objects.create(title="T", body="B", owner=coordinator)
        page = client_of(rep)
        assert page.get("/library/templates/").status_code == 200
        assert page.get(f"/library/templates/{row.pk}/").status_code == 200
        assert page.post(f"/library/templates/template/{row.pk}/1/again/").status_code == 403


class TestReminding:
    def test_the_owner_is_told_once_when_it_is_to_be_looked_through(self, coordinator, now):
        for title, days, owner in (
            ("Due", 0, coordinator),
            ("Far", 30, coordinator),
            ("Nobody's", 0, None),
        ):
            day = now.date() + timedelta(days=days)
            MessageTemplate.objects.create(title=title, body="B", owner=owner, review_on=day)
        for _ in range(2):
            services.remind(at=now)
        assert Notice.objects.get().title == "Look through the template “Due” now"


class TestUse:
    def test_taking_one_is_counted_by_day(self, desk, coordinator, account, contact):
        row = MessageTemplate.objects.create(title="T", body="B")
        for _ in range(3):
            desk.get(
                f"/threads/for/crm.account/{account.pk}/template/", {"key": f"template:{row.pk}"}
            )
        assert TemplateUse.objects.get().count == 3
        assert "3" in text_of(desk.get("/library/templates/"))

    def test_the_list_knows_all_sources_and_what_is_outdated_or_unused(self, desk, now):
        old = MessageTemplate.objects.create(
            title="Old", body="B", review_on=now.date() - timedelta(days=1)
        )
        MessageTemplate.objects.create(title="Fresh", body="B", review_on=now.date())
        CannedAnswer.objects.create(title="Canned", body="B")
        comms.count_use(f"template:{old.pk}", version=1, at=now - timedelta(days=89))
        comms.count_use(f"template:{old.pk}", version=1, at=now - timedelta(days=95))
        lines = listed(now.date())
        assert [(line.row.title, line.count, line.outdated) for line in lines] == [
            ("Old", 1, True), ("Canned", 0, False), ("Fresh", 0, False),
        ]  # fmt: skip
        assert [line.row.title for line in listed(now.date(), view="outdated")] == ["Old"]
        assert [line.row.title for line in listed(now.date(), view="unused")] == [
            "Canned",
            "Fresh",
        ]
        for view in ("", "outdated", "unused", "moon"):
            assert desk.get(f"/library/templates/?view={view}").status_code == 200

    def test_queries_do_not_grow(self, now, django_assert_num_queries):
        for n in range(5):
            MessageTemplate.objects.create(title=f"T{n}", body="B")
            with django_assert_num_queries(3):
                listed(now.date())
