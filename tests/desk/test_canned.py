"""Canned answers: whose they are, what they said before, which version a message was written with."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import connection

from comms.models import Message, TemplateUse, Unsent, WordsTaken
from desk.models import CannedAnswer, PastAnswer
from journal import services as journal
from journal.models import Entry
from library import services as library
from library.queries import templates
from notices.models import Notice
from tests.library.conftest import text_of

pytestmark = pytest.mark.django_db
ADD = "/settings/answers/new/"
TYPED = {"title": "We have it", "body": "Hello {{rep}}", "type": "", "is_active": "on"}


@pytest.fixture
def setting_up(manager, client_of):
    return client_of(manager)


@pytest.fixture
def changed(setting_up):
    """An answer of the manager whose words were changed once: its page, and itself."""
    setting_up.post(ADD, TYPED)
    row = CannedAnswer.objects.get()
    words = {"body": "Good morning {{rep}}", "owner": row.owner_id}
    setting_up.post(edit(row), TYPED | words)
    row.refresh_from_db()
    return row


def edit(row):
    return f"/settings/answers/{row.pk}/"


def page(row):
    return f"/library/templates/answer/{row.pk}/"


class TestVersions:
    def test_a_new_one_belongs_to_who_made_it(self, setting_up, manager):
        setting_up.post(ADD, TYPED)
        row = CannedAnswer.objects.get()
        assert (row.owner, row.version, row.past.count()) == (manager, 1, 0)

    def test_other_words_are_another_version_and_keep_who_said_what_until_when(
        self, changed, manager
    ):
        past = PastAnswer.objects.get()
        assert (changed.version, changed.body) == (2, "Good morning {{rep}}")
        assert (past.version, past.body, past.by) == (1, "Hello {{rep}}", manager)
        assert Entry.objects.about(changed).filter(action="desk.setting.changed").count() == 1

    def test_another_owner_or_day_is_no_new_version(self, changed, setting_up, coordinator):
        """The negative control."""
        words = TYPED | {"body": changed.body, "owner": coordinator.pk, "review_on": "2027-01-01"}
        setting_up.post(edit(changed), words)
        changed.refresh_from_db()
        assert (changed.version, changed.owner, changed.review_on) == (
            2, coordinator, date(2027, 1, 1),
        )  # fmt: skip

    def test_a_variable_that_does_not_exist_makes_no_version(self, changed, setting_up):
        assert setting_up.post(edit(changed), TYPED | {"body": "{{moon}}"}).status_code == 422
        changed.refresh_from_db()
        assert (changed.version, changed.past.count()) == (2, 1)


class TestEarlierWords:
    def test_say_who_wrote_them_and_what_is_different_now(self, changed, desk_page, manager):
        text = desk_page.get(f"{page(changed)}1/").content.decode()
        assert f"Written by {manager}" in text
        assert "<del>Hello</del><ins>Good morning</ins> {{rep}}" in text

    def test_come_back_as_a_new_version(self, changed, setting_up):
        assert setting_up.post(f"{page(changed)}1/again/").status_code == 302
        changed.refresh_from_db()
        assert (changed.body, changed.version) == ("Hello {{rep}}", 3)
        assert [row.version for row in changed.past.order_by("pk")] == [1, 2]
        entry = Entry.objects.get(action="desk.template.restored")
        assert entry.data == {"of": 1, "version": 3}
        again = setting_up.post(f"{page(changed)}1/again/")
        assert (again.status_code, "says this already" in text_of(again)) == (409, True)

    def test_a_coordinator_reads_them_and_brings_nothing_back(self, changed, desk_page):
        """Who may not set up the desk is offered no button and is refused at the door."""
        text = desk_page.get(f"{page(changed)}1/").content.decode()
        assert "Bring it back" not in text
        assert desk_page.post(f"{page(changed)}1/again/").status_code == 403
        changed.refresh_from_db()
        assert changed.version == 2

    def test_the_manager_is_offered_it(self, changed, setting_up):
        """The negative control."""
        assert "Bring it back as version 3" in text_of(setting_up.get(f"{page(changed)}1/"))

    def test_the_version_of_now_is_the_page_itself_and_others_are_nowhere(
        self, changed, setting_up
    ):
        assert setting_up.get(f"{page(changed)}2/").url == page(changed)
        for number in (0, 3, 2**31, 10**30):
            assert setting_up.get(f"{page(changed)}{number}/").status_code == 404
            assert setting_up.post(f"{page(changed)}{number}/again/").status_code == 404
        assert setting_up.get("/library/templates/moon/1/").status_code == 404

    def test_scripts_in_words_are_shown_as_text(self, changed, setting_up):
        setting_up.post(edit(changed), TYPED | {"body": "<script>alert(1)</script>"})
        setting_up.post(edit(changed), TYPED | {"body": "<img src=x>"})
        text = setting_up.get(f"{page(changed)}3/").content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text


class TestUse:
    @pytest.fixture
    def here(self, claimed):
        return f"/threads/for/desk.salesrequest/{claimed().pk}/"

    def test_a_message_knows_the_version_it_was_written_with(self, changed, here, desk_page, now):
        told = desk_page.get(f"{here}template/?key=answer:{changed.pk}").json()
        words = {"to": "internal", "body": told["text"], "taken": told["taken"]}
        assert desk_page.post(here, words).status_code == 302
        taken = WordsTaken.objects.get()
        assert (taken.message, taken.key, taken.version) == (
            Message.objects.get(), f"answer:{changed.pk}", 2,
        )  # fmt: skip
        use = TemplateUse.objects.get()
        assert (use.key, use.version, use.count) == (f"answer:{changed.pk}", 2, 1)
        told = templates.versions(templates.source_of("answer"), changed)
        assert [(one.number, one.messages) for one in told] == [(2, 1), (1, 0)]

    def test_a_message_in_words_of_ones_own_knows_none(self, here, desk_page):
        """The negative control."""
        desk_page.post(here, {"to": "internal", "body": "In my own words"})
        assert (Message.objects.count(), WordsTaken.objects.count()) == (1, 0)

    def test_a_draft_remembers_it_until_it_is_sent(self, changed, here, desk_page):
        key = f"answer:{changed.pk}"
        page = desk_page.get(f"{here}?template={key}").content.decode()
        assert f'name="taken" value="{key}@2"' in page
        desk_page.post(
            f"{here}draft/", {"to": "internal", "body": "Good morning", "taken": f"{key}@2"}
        )
        assert Unsent.objects.get().taken == f"{key}@2"
        assert f'name="taken" value="{key}@2"' in desk_page.get(here).content.decode()

    def test_what_is_no_template_is_not_written_down(self, changed, here, desk_page):
        odd = f"answer:{changed.pk}@1 answer:{changed.pk}@1 '; drop@1 answer:x@1 @ answer:1@9999999999"
        desk_page.post(here, {"to": "internal", "body": "Hello", "taken": odd})
        assert [(row.key, row.version) for row in WordsTaken.objects.all()] == [
            (f"answer:{changed.pk}", 1)
        ]


class TestLookingThrough:
    def test_the_owner_is_told_once_and_the_list_says_outdated_after_the_day(
        self, changed, manager, now
    ):
        today = now.date()
        CannedAnswer.objects.update(review_on=today)
        for _ in range(2):
            library.remind(at=now)
        notice = Notice.objects.get()
        assert (notice.user, notice.title) == (
            manager, "Look through the canned answer “We have it” now",
        )  # fmt: skip
        assert [line.outdated for line in templates.listed(today)] == [False]
        assert [line.outdated for line in templates.listed(today + timedelta(days=1))] == [True]

    def test_the_list_shows_it_as_the_others(self, changed, setting_up, desk_page):
        for client, may in ((setting_up, True), (desk_page, False)):
            text = client.get("/library/templates/").content.decode()
            assert f'href="{page(changed)}"' in text
            assert (f'href="{edit(changed)}"' in text) is may
            assert ("New canned answer" in text) is may


class TestFromBefore:
    def test_answers_of_before_belong_to_who_made_them_as_the_journal_says(
        self, manager, coordinator, now
    ):
        step = import_module("desk.migrations.0010_answers_belong_to_who_made_them")
        made, given, _shipped, left = (
            CannedAnswer.objects.create(title=title, body="B", owner=owner)
            for title, owner in (("A", None), ("B", coordinator), ("C", None), ("D", None))
        )
        for row, by in ((made, manager), (given, manager), (left, coordinator)):
            journal.record("desk.setting.added", row, by=by, at=now)
        type(coordinator).objects.filter(pk=coordinator.pk).update(is_active=False)
        for _ in range(2):
            with connection.cursor() as sql:
                sql.execute(step.OWNERS)
        owners = CannedAnswer.objects.order_by("title").values_list("owner", "version")
        assert list(owners) == [(manager.pk, 1), (coordinator.pk, 1), (None, 1), (None, 1)]
