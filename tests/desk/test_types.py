"""Request types: made in the browser, versioned, and never pulled from under somebody's hands."""

import pytest

from desk import services
from desk.models import FormVersion, RequestType, SalesRequest
from desk.services import promises

pytestmark = pytest.mark.django_db
COLOUR = {"name": "colour", "label": "Colour", "kind": "choice", "required": True,
          "choices": [["red", "Red"], ["blue", "Blue"]]}  # fmt: skip


@pytest.fixture
def desk_settings(manager, client_of):
    return client_of(manager)


def saved(kind, manager, now, **fields):
    return services.save_type(kind, by=manager, at=now, version=kind.version, **fields)


class TestVersions:
    def test_an_old_request_keeps_the_form_it_was_asked_with(
        self, asked, kinds, manager, now, desk_page
    ):
        old = asked()
        saved(kinds["question"], manager, now, form=[COLOUR])
        kinds["question"].refresh_from_db()
        new = services.submit(
            kinds["question"], subject="Paint", account=None, requester=old.requester,
            data={"colour": "red"}, priority=3, wanted_on=None, by=old.requester, at=now,
        )  # fmt: skip
        assert (old.form_version, new.form_version) == (1, 2)
        old.refresh_from_db()
        assert [f["name"] for f in services.form_of(old)[0]] == ["question"]
        assert "Your question" in desk_page.get(f"/requests/{old.pk}/").content.decode()
        assert "Red" in desk_page.get(f"/requests/{new.pk}/").content.decode()

    def test_saving_the_same_form_again_is_no_new_version(self, kinds, manager, now):
        kind = kinds["question"]
        saved(kind, manager, now, name="Any question")
        assert kind.version == 1
        assert FormVersion.objects.filter(type=kind).count() == 1

    def test_the_second_editor_is_told_and_keeps_his_text(self, kinds, manager, now):
        kind, stale = kinds["question"], RequestType.objects.get(slug="question")
        saved(kind, manager, now, form=[COLOUR])
        with pytest.raises(services.ChangedMeanwhile):
            services.save_type(stale, by=manager, at=now, version=1, form=[])

    @pytest.mark.parametrize(
        ("field", "words"),
        [
            ({"label": ""}, "called"),
            ({"name": "Bad Name"}, "small letters"),
            ({"kind": "moon"}, "kind of field"),
            ({"choices": []}, "choices"),
            ({"show_if": {"field": "nowhere", "value": "1"}}, "does not have"),
            ({"required_if": {"field": "colour", "value": "1"}}, "does not have"),
        ],
    )
    def test_a_field_that_cannot_be_is_refused(self, kinds, manager, now, field, words):
        with pytest.raises(services.BadForm, match=words):
            saved(kinds["question"], manager, now, form=[COLOUR | field])

    def test_two_fields_of_one_name_are_refused(self, kinds, manager, now):
        with pytest.raises(services.BadForm, match="Two fields"):
            saved(kinds["question"], manager, now, form=[COLOUR, COLOUR])


class TestConditions:
    def test_a_field_can_be_needed_because_of_another(self, kinds, manager, now):
        why = {"name": "why", "label": "Why", "kind": "text", "required": False,
               "required_if": {"field": "colour", "value": "red"}}  # fmt: skip
        kind = saved(kinds["question"], manager, now, form=[COLOUR, why])
        assert promises.clean(kind, {"colour": "blue"}) == {"colour": "blue"}
        with pytest.raises(services.BadAnswers, match="Why"):
            promises.clean(kind, {"colour": "red"})

    def test_a_tick_box_counts_as_on(self, kinds, manager, now):
        tick = {"name": "split", "label": "Split", "kind": "check", "required": False}
        why = {"name": "why", "label": "Why", "kind": "text", "required": True,
               "show_if": {"field": "split", "value": "on"}}  # fmt: skip
        kind = saved(kinds["question"], manager, now, form=[tick, why])
        assert promises.clean(kind, {}) == {}
        with pytest.raises(services.BadAnswers):
            promises.clean(kind, {"split": True})

    def test_accounts_and_contacts_are_looked_up(self, kinds, manager, now, account):
        form = [{"name": "who", "label": "Who", "kind": "account"},
                {"name": "mail", "label": "Mail", "kind": "contact"}]  # fmt: skip
        kind = saved(kinds["question"], manager, now, form=form)
        assert promises.clean(kind, {"who": account.name.lower()})["who"] == account.name
        with pytest.raises(services.BadAnswers, match="no such account"):
            promises.clean(kind, {"who": "Nobody Ltd"})
        with pytest.raises(services.BadAnswers, match="No contact"):
            promises.clean(kind, {"mail": "nobody@example.com"})


class TestEditor:
    def typed(self, kind, **more):
        return {
            "name": "Question", "slug": "question", "icon": "help-circle", "creates": "",
            "policy": kind.policy_id, "team": kind.team_id, "position": 3, "is_active": "on",
            "version": kind.version, "checklist": "Look\nAnswer\nLook",
            "field-TOTAL_FORMS": 2, "field-INITIAL_FORMS": 0,
            "field-0-label": "Colour", "field-0-name": "colour", "field-0-kind": "choice",
            "field-0-choices": "red = Red\nblue", "field-0-required": "on",
            "field-1-label": "Why", "field-1-name": "why", "field-1-kind": "text",
            "field-1-show_if": "colour = red", **more,
        }  # fmt: skip

    def test_a_manager_writes_a_form_in_the_browser(self, desk_settings, kinds):
        kind = kinds["question"]
        reply = desk_settings.post("/settings/types/question/", self.typed(kind))
        assert reply.status_code == 302
        kind.refresh_from_db()
        assert kind.checklist == ["Look", "Answer"]
        assert kind.form[0]["choices"] == [["red", "Red"], ["blue", "blue"]]
        assert kind.form[1]["show_if"] == {"field": "colour", "value": "red"}
        again = desk_settings.get("/settings/types/question/").content.decode()
        assert "red = Red" in again
        assert "colour = red" in again

    def test_a_refused_form_stays_as_typed_with_words_beside_the_field(self, desk_settings, kinds):
        typed = self.typed(
            kinds["question"], **{"field-1-name": "colour", "field-1-help": "Tell us"}
        )
        reply = desk_settings.post("/settings/types/question/", typed)
        text = reply.content.decode()
        assert reply.status_code == 422
        assert "Two fields are named colour." in text
        assert "Tell us" in text

    def test_a_stale_editor_sees_it_and_can_save_on_top(self, desk_settings, kinds, manager, now):
        typed = self.typed(kinds["question"])
        saved(kinds["question"], manager, now, form=[])
        reply = desk_settings.post("/settings/types/question/", typed)
        text = reply.content.decode()
        assert reply.status_code == 409
        assert "was changed while you edited it" in text
        assert 'name="version" value="2"' in text
        assert "Colour" in text

    def test_coordinators_may_not(self, desk_page, kinds):
        assert desk_page.get("/settings/").status_code == 403


class TestWhileWriting:
    def test_a_form_that_changed_meanwhile_keeps_every_word(self, rep_page, kinds, manager, now):
        typed = {"subject": "Seal", "priority": 3, "form_version": 1, "f_question": "Which one?"}
        saved(kinds["question"], manager, now, form=[COLOUR])
        reply = rep_page.post("/requests/new/question/", typed)
        text = reply.content.decode()
        assert reply.status_code == 409
        assert "The form was changed while you wrote." in text
        assert "Which one?" in text
        assert 'value="Seal"' in text
        assert SalesRequest.objects.count() == 0
        typed |= {"form_version": 2, "f_colour": "blue"}
        assert rep_page.post("/requests/new/question/", typed).status_code == 302
