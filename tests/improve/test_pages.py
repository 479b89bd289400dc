"""The pages of suggestions, and pages that an address fills in."""

import pytest

from desk.models import CannedAnswer, RequestType, Worker
from followups import services as followups
from followups.models import Rule
from improve import services
from improve.models import Comment, Run, Suggestion
from journal import pages
from journal.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client_of, manager):
    return client_of(manager)


class TestList:
    def test_ranks_by_hours_and_says_who_could_act(self, browser, suggestion):
        suggestion("missing:1:a", title="Small", hours=31.0)
        suggestion("missing:1:b", title="Large", hours=45.0)
        text = browser.get("/improve/").content.decode()
        assert text.index("Large") < text.index("Small")
        assert "76 h" in text
        assert "Managers" in text

    def test_says_so_when_nothing_was_looked_at_or_nothing_stands(self, browser, now):
        assert "Nothing has been looked at yet" in browser.get("/improve/").content.decode()
        services.ask_run(by=None, at=now)
        services.run_next(at=now)
        assert "Nothing to decide" in browser.get("/improve/").content.decode()

    def test_tabs_hold_each_state_once(self, browser, suggestion, manager, now):
        open_one, accepted, gone, dismissed, later = (
            suggestion(f"missing:1:{n}", title=f"Title {n}") for n in "vwxyz"
        )
        services.accept(accepted, by=manager, at=now)
        services.dismiss(dismissed, reason="No", by=manager, at=now)
        Suggestion.objects.filter(pk=gone.pk).update(stands=False)
        from django.utils import timezone

        services.snooze(later, days=30, by=manager, at=timezone.now())
        where = {"open": "v", "accepted": "w", "gone": "x", "dismissed": "y"}
        for tab, name in where.items():
            text = browser.get(f"/improve/?tab={tab}").content.decode()
            assert (
                f'id="suggestion-{ {"v": open_one, "w": accepted, "x": gone, "y": dismissed}[name].pk }"'
                in text
            )
            assert text.count('id="suggestion-') == 1
        assert "Title z" in browser.get("/improve/").content.decode()

    @pytest.mark.parametrize("query", ["?tab=nonsense", "?kind=%00", "?tab=open&kind=nothing"])
    def test_strange_addresses_show_the_list(self, query, browser, suggestion):
        suggestion()
        assert browser.get(f"/improve/{query}").status_code == 200

    def test_the_cost_of_the_page_does_not_grow(
        self, browser, suggestion, django_assert_num_queries
    ):
        browser.get("/improve/")
        suggestion("missing:1:a")
        with django_assert_num_queries(7):
            browser.get("/improve/")
        for n in range(20):
            suggestion(f"missing:2:{n}")
        with django_assert_num_queries(7):
            browser.get("/improve/")

    def test_the_side_bar_counts_new_ones_for_who_can_act(
        self, browser, client_of, coordinator, suggestion
    ):
        assert browser.get("/improve/count/").content.decode().strip() == ""
        suggestion()
        assert browser.get("/improve/count/").content.decode().startswith("1")
        assert "/improve/count/" in browser.get("/improve/").content.decode()
        assert "/improve/count/" not in client_of(coordinator).get("/improve/").content.decode()

    def test_looking_again_is_a_row_that_a_worker_finds(self, browser):
        browser.post("/improve/run/", {"idempotency_key": "a"})
        browser.post("/improve/run/", {"idempotency_key": "a"})
        assert Run.objects.get().status == "waiting"


class TestDetail:
    def test_shows_the_evidence_the_calculation_and_the_change(self, browser, sent_back, now):
        services.ask_run(by=None, at=now)
        services.run_next(at=now)
        row = Suggestion.objects.get()
        text = browser.get(f"/improve/{row.pk}/").content.decode()
        for words in ("line by line", "Hours lost in a month", "Fisher", "Accept and open the change", "Request ",
                      "80 of 120", "12 of 120"):  # fmt: skip
            assert words in text

    def test_accepting_opens_the_page_filled_in_and_saves_nothing_there(
        self, browser, suggestion, manager
    ):
        row = suggestion()
        went = browser.post(f"/improve/{row.pk}/accept/", {"idempotency_key": "k"})
        again = browser.post(f"/improve/{row.pk}/accept/", {"idempotency_key": "k"})
        assert went["Location"] == again["Location"] == "/settings/answers/new/?title=We+have+it"
        page = browser.get(went["Location"]).content.decode()
        assert 'value="We have it"' in page
        assert "Nothing is saved yet" in page
        assert not CannedAnswer.objects.exists()
        row.refresh_from_db()
        assert (row.state, row.accepted_by) == ("accepted", manager)

    def test_who_may_not_make_the_change_is_told_who_may(self, browser, suggestion):
        change = {"page": "orders:settings_add", "args": ["approval-rules"], "query": {}, "words": "Ask later",
                  "permission": "orders.change_approvalrule", "watch": ["", 0, ""], "undo": None}  # fmt: skip
        row = suggestion("granted:1:10", change=change)
        went = browser.post(f"/improve/{row.pk}/accept/")
        assert went["Location"] == f"/improve/{row.pk}/"
        assert "Administrators make this change" in browser.get(went["Location"]).content.decode()

    def test_each_step_does_what_it_says(self, browser, suggestion, now):
        row = suggestion()
        steps = [
            ("look", {}, "looked"), ("snooze", {"days": "7"}, "looked"), ("dismiss", {"reason": "No"}, "dismissed"),
            ("open-again", {}, "looked"), ("accept", {}, "accepted"), ("made", {"on": "2026-11-01"}, "done"),
            ("take-back", {}, "looked"),
        ]  # fmt: skip
        import time_machine

        with time_machine.travel(now, tick=False):
            for step, data, state in steps:
                assert browser.post(f"/improve/{row.pk}/{step}/", data).status_code == 302, step
                row.refresh_from_db()
                assert row.state == state, step
                assert browser.get(f"/improve/{row.pk}/").status_code == 200

    @pytest.mark.parametrize(
        ("step", "data"),
        [("dismiss", {"reason": ""}), ("dismiss", {"reason": "x\0y"}), ("dismiss", {"reason": "x" * 100_000}),
         ("snooze", {"days": "9" * 30}), ("snooze", {"days": ""}), ("comment", {"body": ""}),
         ("comment", {"body": "y" * 100_000}), ("made", {"on": "0001-01-01"}), ("made", {"on": "soon"})],
    )  # fmt: skip
    def test_what_cannot_be_is_said_beside_the_field(
        self, step, data, browser, suggestion, manager, now
    ):
        row = suggestion()
        if step == "made":
            services.accept(row, by=manager, at=now)
        answer = browser.post(f"/improve/{row.pk}/{step}/", data)
        assert answer.status_code == 422
        assert not Comment.objects.exists()

    def test_a_step_that_is_none_any_more_is_a_conflict(self, browser, suggestion, manager, now):
        row = suggestion()
        services.dismiss(row, reason="No", by=manager, at=now)
        answer = browser.post(f"/improve/{row.pk}/accept/")
        assert answer.status_code == 409
        assert "already “dismissed”" in answer.content.decode()

    def test_coordinators_read_and_comment_and_decide_nothing(
        self, client_of, coordinator, suggestion
    ):
        row, client = suggestion(), client_of(coordinator)
        text = client.get(f"/improve/{row.pk}/").content.decode()
        assert "/accept/" not in text
        assert client.post(f"/improve/{row.pk}/accept/").status_code == 403
        assert client.post(f"/improve/{row.pk}/comment/", {"body": "True."}).status_code == 302
        assert Comment.objects.get().body == "True."

    def test_reps_see_none_of_it(self, client_of, rep, suggestion):
        assert client_of(rep).get(f"/improve/{suggestion().pk}/").status_code == 403

    def test_a_double_comment_is_one(self, browser, suggestion):
        row = suggestion()
        for _ in range(2):
            browser.post(f"/improve/{row.pk}/comment/", {"body": "Twice", "idempotency_key": "z"})
        assert Comment.objects.count() == 1

    def test_numbers_beyond_a_bigint_are_not_found(self, browser):
        assert browser.get(f"/improve/{10**30}/").status_code == 404


class TestFilledIn:
    @pytest.fixture
    def kind(self, type_of):
        return type_of("order")

    def test_a_field_is_ticked_and_nothing_is_saved(self, browser, kind):
        text = browser.get("/settings/types/order/?require=po&require=nonsense").content.decode()
        assert "PO number, must be filled in" in text
        assert "nonsense" not in text.split("<form", 2)[-1]
        assert RequestType.objects.get().form[1]["required"] is False
        assert (
            "may be left empty"
            in browser.get("/settings/types/order/?optional=need").content.decode()
        )

    def test_what_was_there_before_stays_without_an_address(self, browser, kind):
        assert "Nothing is saved yet" not in browser.get("/settings/types/order/").content.decode()
        assert "Nothing is saved yet" not in browser.get("/settings/answers/new/").content.decode()

    @pytest.mark.parametrize(
        "query",
        ["title=%00", "type=" + "9" * 40, "type=x", "body=" + "x" * 9_000, "nothing=1", "is_active=maybe",
         "title=" + "y" * 300],
    )  # fmt: skip
    def test_what_does_not_fit_is_left_out(self, query, browser):
        assert browser.get(f"/settings/answers/new/?{query}").status_code == 200

    def test_words_are_never_markup(self, browser):
        text = browser.get(
            "/settings/answers/new/?title=%3Cscript%3Ealert(1)%3C/script%3E"
        ).content.decode()
        assert "<script>alert" not in text

    def test_a_person_saves_and_only_then_it_counts(self, browser, coordinator):
        page = f"/settings/coordinators/new/?user={coordinator.pk}&takes=on&capacity=12"
        assert f'value="{coordinator.pk}" selected' in browser.get(page).content.decode()
        assert not Worker.objects.exists()
        browser.post(page, {"user": coordinator.pk, "takes": "on", "capacity": "9"})
        assert Worker.objects.get().capacity == 9

    def test_a_rule_opens_without_its_step(self, browser, now):
        followups.ship(at=now)
        rule = next(rule for rule in Rule.objects.order_by("pk") if rule.steps.count() > 1)
        first = rule.steps.order_by("position").first()
        text = browser.get(f"/follow-ups/rules/{rule.pk}/edit/?without=1").content.decode()
        assert "without step 1" in text
        assert f'value="{first.subject}"' not in text
        assert rule.steps.count() > 1
        for strange in ("0", "99", "x", "9" * 30, "%00"):
            answer = browser.get(f"/follow-ups/rules/{rule.pk}/edit/?without={strange}")
            assert answer.status_code == 200
            assert "without step" not in answer.content.decode()


class TestApi:
    def test_reads_and_decides_as_the_pages_do(self, api_of, manager, suggestion):
        row, api = suggestion(), api_of(manager)
        (told,) = api.get("/api/suggestions/?state=new").json()["results"]
        assert (told["id"], told["hours"], told["lines"][0][2]) == (row.pk, 40.0, "67 %")
        assert (
            api.post(f"/api/suggestions/{row.pk}/accept/", {}, format="json").json()["state"]
            == "accepted"
        )
        refused = api.post(f"/api/suggestions/{row.pk}/snooze/", {"days": 7}, format="json")
        assert refused.status_code == 422
        made = api.post(f"/api/suggestions/{row.pk}/made/", {"on": "2020-01-01"}, format="json")
        assert made.status_code == 422
        assert (
            api.post(f"/api/suggestions/{row.pk}/look/", {"x": 1}, format="json").status_code == 400
        )

    def test_a_conflict_says_so(self, api_of, manager, suggestion, now):
        row = suggestion()
        services.dismiss(row, reason="No", by=manager, at=now)
        answer = api_of(manager).post(f"/api/suggestions/{row.pk}/accept/", {}, format="json")
        assert answer.status_code == 409
        assert "already “dismissed”" in answer.json()["detail"]

    def test_the_same_key_comments_once(self, api_of, coordinator, suggestion):
        row, api = suggestion(), api_of(coordinator)
        for _ in range(2):
            answer = api.post(f"/api/suggestions/{row.pk}/comments/", {"body": "True."}, format="json",
                              HTTP_IDEMPOTENCY_KEY="k")  # fmt: skip
            assert answer.status_code == 201
        assert len(api.get(f"/api/suggestions/{row.pk}/comments/").json()) == 1

    def test_who_only_reads_decides_nothing(self, api_of, coordinator, rep, suggestion):
        row = suggestion()
        assert api_of(coordinator).get("/api/suggestions/").status_code == 200
        assert (
            api_of(coordinator)
            .post(f"/api/suggestions/{row.pk}/look/", {}, format="json")
            .status_code
            == 403
        )
        assert api_of(rep).get("/api/suggestions/").status_code == 403

    def test_asks_for_a_look(self, api_of, manager):
        assert (
            api_of(manager).post("/api/suggestions/look-again/", {}, format="json").status_code
            == 202
        )
        assert Run.objects.count() == 1


def test_every_action_has_words(sent_back, manager, now):
    services.ask_run(by=None, at=now)
    services.run_next(at=now)
    for action in set(
        Entry.objects.filter(action__startswith="improve.").values_list("action", flat=True)
    ):
        assert action in pages.WORDS
