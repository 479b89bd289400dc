"""Two people at one request, changes of records, drafts and hints: nobody's words are lost."""

from datetime import timedelta

import pytest

from desk import services
from desk.models import Draft, IllegalMove, Presence, SavedView
from desk.queries.records import similar
from desk.services import canned, keeping, records
from journal.models import Entry
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(team):
    return factories.member(Role.COORDINATOR, name="Bea", team=team)


def typed(row, **more):
    return {"subject": row.subject, "priority": row.priority, "version": row.version,
            "f_question": "Which seal fits?", **more}  # fmt: skip


class TestEditing:
    def test_what_changes_is_written_down(self, claimed, account, desk_page):
        row = claimed()
        desk_page.post(
            f"/requests/{row.pk}/edit/", typed(row, subject="Two seals", account=account.name)
        )
        row.refresh_from_db()
        assert (row.subject, row.account) == ("Two seals", account)
        told = Entry.objects.get(action="desk.request.edited").data["changed"]
        assert told == {"Subject": ["Which seal?", "Two seals"], "Account": ["", "Northgate Water"]}

    def test_the_second_sees_the_difference_and_keeps_his_text(
        self, claimed, desk_page, other, client_of
    ):
        row = claimed()
        mine = typed(row, subject="Mine, after a long thought")
        client_of(other).post(f"/requests/{row.pk}/edit/", typed(row, subject="Hers"))
        reply = desk_page.post(f"/requests/{row.pk}/edit/", mine)
        text = reply.content.decode()
        assert reply.status_code == 409
        assert "Bea: Subject" in text
        assert "Hers" in text
        assert "Mine, after a long thought" in text
        assert "Save mine on top" in text
        row.refresh_from_db()
        assert row.subject == "Hers"
        desk_page.post(f"/requests/{row.pk}/edit/", mine | {"version": row.version})
        row.refresh_from_db()
        assert row.subject == "Mine, after a long thought"

    def test_a_reply_in_between_is_in_nobodys_way(self, claimed, coordinator, desk_page, now):
        row = claimed()
        form = typed(row, subject="Two seals")
        services.reply(row, body="We look.", by=coordinator, at=now)
        assert desk_page.post(f"/requests/{row.pk}/edit/", form).status_code == 302

    def test_a_deleted_account_in_an_old_form_is_said_beside_the_field(
        self, claimed, account, desk_page
    ):
        row = claimed()
        form = typed(row, account=account.name, subject="Kept words")
        account.delete()
        reply = desk_page.post(f"/requests/{row.pk}/edit/", form)
        assert reply.status_code == 422
        assert "We have no such account" in reply.content.decode()
        assert "Kept words" in reply.content.decode()

    def test_only_the_one_who_asked_and_the_desk(self, claimed, team, client_of):
        row = claimed()
        mate = factories.member(Role.REP, name="Mate", team=team)
        assert client_of(mate).get(f"/requests/{row.pk}/edit/").status_code == 403

    def test_a_subject_of_100_kb_is_refused_and_shown_again(self, claimed, desk_page):
        row = claimed()
        reply = desk_page.post(f"/requests/{row.pk}/edit/", typed(row, subject="x" * 100_000))
        assert reply.status_code == 422
        assert "at most 200 characters" in reply.content.decode()


class TestRecordChange:
    @pytest.fixture
    def row(self, claimed, account):
        return claimed(account=account)

    def fields(self, account, **more):
        names = records.FIELDS[type(account)]
        return {name: str(getattr(account, name)) for name in names} | more

    def test_the_difference_is_shown_and_applied_when_approved(self, row, account, desk_page):
        desk_page.post(f"/requests/{row.pk}/change/", self.fields(account, city="York"))
        change = row.record_changes.get()
        assert change.changes == {"city": ["Leeds", "York"]}
        text = desk_page.get(f"/requests/{row.pk}/").content.decode()
        assert "<del>Leeds</del>" in text
        account.refresh_from_db()
        assert account.city == "Leeds"
        desk_page.post(f"/requests/{row.pk}/change/{change.pk}/", {"answer": "yes"})
        account.refresh_from_db()
        assert account.city == "York"

    def test_a_record_that_moved_since_is_not_overwritten(
        self, row, account, coordinator, desk_page, now
    ):
        change = records.propose(
            row, account, self.fields(account, city="York"), by=coordinator, at=now
        )
        type(account).objects.update(city="Hull")
        reply = desk_page.post(f"/requests/{row.pk}/change/{change.pk}/", {"answer": "yes"})
        assert reply.status_code == 409
        assert "City was changed since" in reply.content.decode()

    def test_a_no_needs_a_reason(self, row, account, coordinator, desk_page, now):
        change = records.propose(
            row, account, self.fields(account, city="York"), by=coordinator, at=now
        )
        url = f"/requests/{row.pk}/change/{change.pk}/"
        assert desk_page.post(url, {"answer": "no"}).status_code == 422
        desk_page.post(url, {"answer": "no", "reason": "Wrong town"})
        change.refresh_from_db()
        assert (change.status, change.reason) == ("rejected", "Wrong town")
        with pytest.raises(IllegalMove, match="rejected already"):
            records.decide(change, apply=True, by=coordinator, at=now)

    def test_values_that_cannot_be_are_refused_beside_the_field(self, row, account, desk_page):
        contact = factories.ContactFactory(account=account)
        fields = self.fields(contact, email="no address")
        reply = desk_page.post(f"/requests/{row.pk}/change/?contact={contact.pk}", fields)
        assert reply.status_code == 422
        assert "valid email" in reply.content.decode()

    def test_nothing_different_is_said(self, row, account, desk_page):
        reply = desk_page.post(f"/requests/{row.pk}/change/", self.fields(account))
        assert "Nothing differs" in reply.content.decode()

    def test_reps_do_not_decide(self, row, account, rep_page, coordinator, now):
        change = records.propose(
            row, account, self.fields(account, city="York"), by=coordinator, at=now
        )
        reply = rep_page.post(f"/requests/{row.pk}/change/{change.pk}/", {"answer": "yes"})
        assert reply.status_code == 403


class TestDrafts:
    def test_a_draft_waits_on_the_server_until_it_is_sent(self, rep_page, rep, kinds):
        words = {"subject": "Half a thought", "f_question": "What if", "csrfmiddlewaretoken": "x"}
        assert rep_page.post("/requests/new/question/draft/", words).status_code == 204
        assert "csrf" not in Draft.objects.get().query
        assert "You had begun" in rep_page.get("/requests/new/").content.decode()
        text = rep_page.get("/requests/new/question/?draft=1").content.decode()
        assert "Half a thought" in text
        assert "What if" in text
        rep_page.post("/requests/new/question/", words | {"priority": 3, "form_version": 1})
        assert not Draft.objects.exists()

    def test_lines_are_kept_too(self, rep_page, kinds):
        rep_page.post("/requests/new/order/draft/", {"sku": ["VM-1", ""], "quantity": ["3", ""]})
        assert 'value="VM-1"' in rep_page.get("/requests/new/order/?draft=1").content.decode()

    def test_one_too_long_to_be_ours_is_refused(self, rep_page, kinds):
        reply = rep_page.post("/requests/new/question/draft/", {"f_question": "x" * 150_000})
        assert reply.status_code == 413

    def test_like_last_time(self, asked, rep_page):
        row = asked(subject="Seal for line 4")
        assert f"again={row.pk}" in rep_page.get("/requests/new/question/").content.decode()
        text = rep_page.get(f"/requests/new/question/?again={row.pk}").content.decode()
        assert "Seal for line 4" in text
        assert "Which seal fits?" in text

    def test_not_like_somebody_elses(self, asked, stranger, client_of):
        row = asked(subject="Secret of Leeds")
        text = client_of(stranger).get(f"/requests/new/question/?again={row.pk}").content.decode()
        assert "Secret of Leeds" not in text


class TestHints:
    def test_open_requests_that_look_alike_are_shown_while_typing(self, asked, rep, rep_page):
        row = asked(subject="Flange rating of the pump")
        assert [hit["pk"] for hit in similar(rep, "which flange", None)] == [row.pk]
        text = rep_page.get("/requests/new/hints/?subject=which+flange").content.decode()
        assert "Was it asked already?" in text

    def test_not_what_one_may_not_see(self, asked, stranger):
        asked(subject="Flange rating of the pump")
        assert similar(stranger, "which flange", None) == []


class TestPresence:
    def test_a_colleague_is_seen_in_the_list_and_on_the_page(
        self, claimed, other, desk_page, client_of
    ):
        row = claimed()
        hers = client_of(other)
        hers.post(f"/requests/{row.pk}/here/", {"doing": "replying"})
        assert "Bea is replying" in desk_page.get("/queue/").content.decode()
        assert "Bea is replying" in desk_page.get(f"/requests/{row.pk}/").content.decode()
        assert "Bea is replying" not in hers.get("/queue/").content.decode()
        hers.post(f"/requests/{row.pk}/here/", {"doing": "gone"})
        assert "Bea is replying" not in desk_page.get("/queue/").content.decode()

    def test_the_live_list_hears_of_it(self, claimed, other, desk_page, client_of):
        row = claimed()
        page = desk_page.get("/queue/")
        assert desk_page.get(page.context["live"]).status_code == 304
        client_of(other).post(f"/requests/{row.pk}/here/", {"doing": "reading"})
        assert "Bea is looking" in desk_page.get(page.context["live"]).content.decode()

    def test_whoever_left_without_a_word_is_forgotten(self, claimed, other, now):
        keeping.here(claimed(), other, doing="reading", at=now)
        assert keeping.forget_gone(at=now + timedelta(minutes=1)) == 0
        assert keeping.forget_gone(at=now + timedelta(minutes=3)) == 1
        assert not Presence.objects.exists()

    def test_a_change_by_somebody_else_is_told_on_the_open_page(
        self, claimed, coordinator, desk_page, now
    ):
        row = claimed()
        seen = {"doing": "reading", "version": row.version}
        assert (
            "changed while you looked"
            not in desk_page.post(f"/requests/{row.pk}/here/", seen).content.decode()
        )
        services.reply(row, body="Soon", by=coordinator, at=now)
        assert (
            "changed while you looked"
            in desk_page.post(f"/requests/{row.pk}/here/", seen).content.decode()
        )


class TestViews:
    def test_a_view_keeps_the_whole_state_and_is_shared_with_the_team(
        self, desk_page, other, client_of, coordinator
    ):
        desk_page.post(
            "/queue/views/", {"name": "Urgent", "query": "priority=1&group=owner", "shared": "on"}
        )
        view = SavedView.objects.get()
        assert "Urgent" in client_of(other).get("/queue/").content.decode()
        page = desk_page.get(f"/queue/?{view.query}")
        assert page.context["saved"] == view.pk
        assert page.context["state"].group == "owner"
        client_of(other).post(f"/queue/views/{view.pk}/remove/")
        assert SavedView.objects.exists()
        desk_page.post(f"/queue/views/{view.pk}/remove/")
        assert not SavedView.objects.exists()

    def test_one_that_is_not_shared_is_ones_own(self, desk_page, other, client_of):
        desk_page.post("/queue/views/", {"name": "Mine alone", "query": "view=mine"})
        assert "Mine alone" not in client_of(other).get("/queue/").content.decode()

    @pytest.mark.parametrize("sort", ["due", "priority", "new", "old", "changed", "account"])
    def test_every_order_leads_through_all_of_them(self, sort, asked, account, desk_page, now):
        for n in range(53):
            asked(
                at=now + timedelta(minutes=n // 3),
                priority=1 + n % 4,
                account=account if n % 2 else None,
            )
        seen, after = [], ""
        for _ in range(2):
            page = desk_page.get("/queue/", {"sort": sort, "group": "none", "after": after})
            seen += [row["pk"] for _, rows in page.context["groups"] for row in rows]
            after = page.context["next"]
        assert len(seen) == len(set(seen)) == 53
        assert after == ""

    def test_columns_and_filters_stand_in_the_address(self, asked, desk_page, coordinator):
        asked(priority=1)
        text = desk_page.get("/queue/?col=priority&col=type&priority=1").content.decode()
        assert "Urgent" in text
        assert '<th scope="col">Type</th>' in text
        assert '<th scope="col">Account</th>' not in text
        assert "Remove this filter" in text

    @pytest.mark.parametrize("query", ["cols=%00", "sort=moon&group=x", "lanes=y&rows=z&as=board",
                                       "older=x", "team=x", "tag=%00", "account=x", "status=z",
                                       "sort=new&after=zzz", "col=%00&col=x"])  # fmt: skip
    def test_what_an_address_cannot_mean_is_ignored(self, query, asked, desk_page):
        asked()
        assert desk_page.get(f"/queue/?{query}").status_code == 200


class TestBoard:
    def test_a_card_moves_to_a_colleague_a_priority_or_a_party(self, claimed, other, desk_page):
        row = claimed()
        for lanes, to, name, value in (
            ("owner", other.pk, "holder_id", other.pk), ("priority", 1, "priority", 1),
            ("party", "customer", "party", "customer"),
        ):  # fmt: skip
            desk_page.post(f"/requests/{row.pk}/move/", {"lanes": lanes, "to": to})
            row.refresh_from_db()
            assert getattr(row, name) == value

    def test_to_a_department_it_says_how(self, claimed, desk_page):
        reply = desk_page.post(
            f"/requests/{claimed().pk}/move/", {"lanes": "party", "to": "finance"}, follow=True
        )
        assert "Ask the department from the request" in reply.content.decode()

    def test_swimlanes_have_the_same_columns(self, asked, claimed, desk_page):
        asked(priority=1)
        claimed()
        board = desk_page.get("/queue/?as=board&lanes=owner&rows=priority").context["board"]
        assert [name for name, _ in board] == ["Urgent", "Normal"]
        assert len({tuple(lane.key for lane in lanes) for _, lanes in board}) == 1


class TestCanned:
    def test_variables_are_filled_in_and_holes_stay_visible(self, claimed, account, coordinator):
        row = claimed(account=account)
        words = canned.fill(
            "{{rep}}, {{ ref }} for {{account}}: {{order}} {{moon}}", row, coordinator
        )
        assert words == f"Daniel, R-{row.pk} for Northgate Water: {{{{order}}}} {{{{moon}}}}"
        assert canned.unknown("{{moon}} {{me}}") == ["moon"]

    def test_without_javascript_it_stands_in_the_composer(self, claimed, desk_page, kinds):
        from desk.models import CannedAnswer

        row = claimed()
        answer = CannedAnswer.objects.create(title="We have it", body="Hello {{rep}}")
        here = f"/threads/for/desk.salesrequest/{row.pk}/"
        text = desk_page.get(f"{here}?template=answer:{answer.pk}").content.decode()
        assert "Hello Daniel</textarea>" in text
        told = desk_page.get(f"{here}template/?key=answer:{answer.pk}").json()
        assert told == {
            "text": "Hello Daniel", "subject": "", "taken": f"answer:{answer.pk}@1",
        }  # fmt: skip


class TestWorkload:
    def test_says_who_holds_how_much_and_what_will_break(
        self, claimed, asked, desk_page, coordinator, now
    ):
        from desk.queries.workload import workload

        services.resolve(
            claimed(at=now - timedelta(days=7)), by=coordinator, at=now - timedelta(days=6)
        )
        claimed()
        asked(at=now - timedelta(days=3))
        load = workload(now)
        assert [(line.user, line.open) for line in load.people] == [(coordinator, 1)]
        (team,) = load.teams
        assert (team.open, team.waiting, team.breaches) == (2, 1, 2)
        assert desk_page.get("/workload/").status_code == 200
