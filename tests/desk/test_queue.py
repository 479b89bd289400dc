"""The queue and its live list: what changed is told, what did not costs a look at an index."""

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.db.models import Max
from django.test.utils import CaptureQueriesContext

from desk import queries, services
from desk.models import SalesRequest
from kit import markup
from people.models import Party
from tests import factories

pytestmark = pytest.mark.django_db
CLOCK = Path(__file__).parents[2] / "static" / "js" / "clock.js"


@pytest.fixture
def browser(coordinator, client_of):
    return client_of(coordinator)


@pytest.fixture
def at_nine(now):
    """The pages read the clock: it is nine."""
    with time_machine.travel(now, tick=False) as clock:
        yield clock


def live(page):
    """Where the list of this page asks for changes."""
    return page.context["live"]


def refs(reply):
    """The requests of a list, in its order."""
    data = reply.context_data
    lanes = [lane for _, lanes in data["board"] for lane in lanes]
    groups = [rows for _, rows in data["groups"]] or [lane.cards for lane in lanes]
    return [row["pk"] for rows in groups for row in rows]


class TestQueue:
    def test_soonest_due_first_under_headings(self, browser, asked, now, at_nine):
        later = asked(at=now)
        late = asked(at=now - timedelta(days=1))
        urgent = asked(at=now, priority=1)
        page = browser.get("/queue/")
        assert refs(page) == [late.pk, urgent.pk, later.pk]
        assert [name for name, _ in page.context["groups"]][:2] == ["Late", "Within four hours"]

    def test_says_whose_turn_it_is_and_since_when_the_clock_waits(
        self, browser, claimed, coordinator, now, at_nine
    ):
        row = claimed()
        services.ask_requester(row, body="?", by=coordinator, at=now)
        text = browser.get("/queue/").content.decode()
        assert "Daniel Okafor" in text
        assert "Paused, 4\xa0h left" in text
        assert "Clock paused" in text

    @pytest.mark.parametrize("view", queries.VIEWS)
    def test_the_tab_counts_what_its_view_shows(
        self, view, browser, asked, claimed, coordinator, now, at_nine
    ):
        asked(at=now - timedelta(days=2))
        asked()
        services.ask_requester(claimed(), body="?", by=coordinator, at=now)
        services.resolve(claimed(), by=coordinator, at=now)
        page = browser.get("/queue/", {"view": view})
        assert len(refs(page)) == page.context["counts"][view] > 0

    def test_the_board_has_the_same_rows(
        self, browser, asked, claimed, logistics, coordinator, now
    ):
        asked()
        services.ask_department(logistics, ask="?", by=coordinator, at=now, request=claimed())
        table, board = browser.get("/queue/"), browser.get("/queue/?as=board")
        assert set(refs(table)) == set(refs(board))
        ((_, lanes),) = board.context["board"]
        assert [lane.key for lane in lanes] == ["desk", "logistics"]

    def test_filters_stand_in_the_address(self, browser, asked, claimed, kinds, coordinator):
        seal, mine = asked(), claimed(subject="Valve for Leeds", priority=1)
        assert refs(browser.get("/queue/?q=valve")) == [mine.pk]
        assert refs(browser.get("/queue/?priority=3")) == [seal.pk]
        assert refs(browser.get(f"/queue/?owner={coordinator.pk}")) == [mine.pk]
        assert set(refs(browser.get("/queue/?type=question"))) == {seal.pk, mine.pk}
        assert refs(browser.get("/queue/?type=order")) == []

    @pytest.mark.parametrize(
        "query",
        ["view=moon", "q=%00", f"q={'x' * 300}", "type=a/b", "owner=x", f"owner={'9' * 40}",
         "priority=x", "party=%00", "after=x", f"after={'9' * 400}_1", "after=nan_1", "after=_",
         "after=1e400_5", "after=_99999999999999999999", "until=x", "v=%00", "as=%00",
         "until=99999999999999999999999"],
    )  # fmt: skip
    def test_what_an_address_cannot_mean_is_ignored(self, browser, asked, query):
        asked()
        assert browser.get(f"/queue/?{query}").status_code == 200
        assert browser.get(f"/queue/changes/?{query}").status_code == 200

    def test_pages_hold_fifty_and_lead_through_all_of_them(self, browser, asked, rep, now):
        rows = [asked(at=now + timedelta(minutes=n // 2)) for n in range(58)]
        for row in rows[-6:]:  # with the clock paused: no due time at all
            services.give_custody(row, Party.REP, by=rep, at=row.submitted_at)
        first = browser.get("/queue/")
        text = first.content.decode()
        assert len(refs(first)) == 50
        assert len(first.content) < 200_000
        assert "The next ones" in text
        second = browser.get("/queue/", {"after": first.context["next"]})
        assert refs(first) + refs(second) == [row.pk for row in rows]
        assert second.context["next"] == ""
        assert "From the first" in second.content.decode()
        place = {"after": f"_{rows[-4].pk}"}
        assert refs(browser.get("/queue/", place)) == [row.pk for row in rows[-3:]]

    def test_is_not_for_reps(self, rep, client_of):
        for path in ("/queue/", "/queue/changes/"):
            assert client_of(rep).get(path).status_code == 403

    def test_says_what_to_do_when_nothing_is_there(self, browser):
        assert (
            "No request fits this view and these filters."
            in browser.get("/queue/").content.decode()
        )


class TestChanges:
    def test_nothing_changed_is_a_304_with_the_same_tag(
        self, browser, asked, at_nine, django_assert_max_num_queries
    ):
        asked()
        page = browser.get("/queue/")
        first = browser.get(live(page))
        tag = {"If-None-Match": page["ETag"]}
        second = browser.get("/queue/changes/", headers=tag)
        assert (first.status_code, second.status_code) == (304, 304)
        assert first["ETag"] == second["ETag"] == page["ETag"]
        assert second.content == b""
        with django_assert_max_num_queries(5):  # the session, the person, two permissions, one look
            browser.get(live(page))

    @pytest.mark.parametrize(
        "change",
        ["submitted", "claimed", "released", "asked", "answered", "handed off", "rejected",
         "resolved", "withdrawn", "duplicate", "reopened", "priority", "order"],
    )  # fmt: skip
    def test_each_change_is_told(
        self, change, browser, asked, claimed, account, coordinator, rep, logistics, now, at_nine
    ):
        new, row, done, waits, newest = asked(), claimed(), claimed(), claimed(), claimed()
        order = asked("order", account=account, data={"lines": self.lines()})
        services.resolve(done, by=coordinator, at=now)
        services.ask_requester(waits, body="?", by=coordinator, at=now)
        ask = services.ask_department(logistics, ask="?", by=coordinator, at=now, request=row)
        at_nine.shift(1)
        services.reply(newest, body="Soon", by=coordinator, at=now)  # no change is the newest row's
        page = browser.get("/queue/")
        at_nine.shift(1)
        do = {
            "submitted": lambda **who: asked(at=who["at"]),
            "claimed": lambda **who: services.claim(new, **who),
            "released": lambda **who: services.release(row, **who),
            "asked": lambda **who: services.ask_requester(row, body="?", **who),
            "answered": lambda **who: services.answer(waits, body="!", **who),
            "handed off": lambda **who: services.ask_department(
                logistics, ask="?", request=new, **who
            ),
            "rejected": lambda **who: services.reject_handoff(ask, reason="No", **who),
            "resolved": lambda **who: services.resolve(waits, **who),
            "withdrawn": lambda **who: services.withdraw(new, **who),
            "duplicate": lambda **who: services.mark_duplicate(new, of=waits, **who),
            "reopened": lambda **who: services.reopen(done, **who),
            "priority": lambda **who: services.set_priority(new, priority=1, **who),
            "order": lambda **who: services.create_order(order, **who),
        }[change]
        do(by=coordinator, at=now + timedelta(seconds=2))
        reply = browser.get(live(page), headers={"If-None-Match": page["ETag"]})
        assert reply.status_code == 200
        assert reply["ETag"] != page["ETag"]
        assert refs(reply) == refs(browser.get("/queue/"))
        assert browser.get(reply["X-Live"]).status_code == 304

    def lines(self):
        return [{"sku": factories.priced_product(stock=5).sku, "quantity": "1"}]

    def test_the_last_change_of_open_requests_would_not_tell_what_left(
        self, asked, claimed, coordinator, now, at_nine
    ):
        """The negative control: the token that one thinks of first."""
        gone = claimed()
        at_nine.shift(1)
        asked()

        def naive():
            return SalesRequest.objects.open().aggregate(Max("updated_at"), Max("pk"))

        before, token = naive(), queries.token()
        at_nine.shift(1)
        services.resolve(gone, by=coordinator, at=now)
        assert naive() == before
        assert queries.token() != token

    def test_a_slow_transaction_behind_a_faster_one_is_told(self, browser, asked, now, at_nine):
        slow, fast = asked(), asked()
        SalesRequest.objects.filter(pk=fast.pk).update(updated_at=now + timedelta(seconds=9))
        page = browser.get("/queue/")
        SalesRequest.objects.filter(pk=slow.pk).update(updated_at=now + timedelta(seconds=5))
        assert browser.get(live(page)).status_code == 200

    def test_time_alone_moves_a_row_under_another_heading(self, browser, asked, now, at_nine):
        asked()  # due at 13:00, in four hours
        at_nine.move_to(now - timedelta(seconds=1))
        page = browser.get("/queue/")
        assert page.context["groups"][0][0] == "Within a day"
        assert browser.get(live(page)).status_code == 304
        at_nine.move_to(now)
        told = browser.get(live(page), headers={"If-None-Match": page["ETag"]})
        assert told.context_data["groups"][0][0] == "Within four hours"
        assert browser.get(told["X-Live"]).status_code == 304
        at_nine.move_to(now + timedelta(hours=4))
        assert browser.get(told["X-Live"]).context_data["groups"][0][0] == "Late"

    def test_and_into_the_view_of_those_at_risk(self, browser, asked, now, at_nine):
        row = asked()
        page = browser.get("/queue/?view=risk")
        assert refs(page) == []
        at_nine.move_to(now + timedelta(hours=3, minutes=29))
        assert browser.get(live(page)).status_code == 304
        at_nine.move_to(now + timedelta(hours=3, minutes=30))
        assert refs(browser.get(live(page))) == [row.pk]

    def test_keeps_the_filters_of_the_page(
        self, browser, asked, claimed, coordinator, now, at_nine
    ):
        asked()
        mine = claimed()
        page = browser.get("/queue/?view=mine&q=seal")
        at_nine.shift(1)
        services.reply(mine, body="Soon", by=coordinator, at=now)
        told = browser.get(live(page))
        assert refs(told) == [mine.pk]
        assert "view=mine" in told["X-Live"]
        assert "q=seal" in told["X-Live"]

    def test_is_a_fragment_of_the_page(self, browser, asked):
        asked()
        text = browser.get("/queue/changes/").content.decode().strip()
        assert text.startswith("<table")
        assert "<html" not in text


def queries_of(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


class TestCosts:
    """Pinned, and the same for five rows and for twenty."""

    @pytest.mark.parametrize(
        ("path", "role", "most"),
        [
            ("/queue/", "coordinator", 9),
            ("/queue/?as=board", "coordinator", 9),
            ("/queue/?view=risk", "coordinator", 10),
            ("/queue/?sort=account&group=owner", "coordinator", 9),
            ("/queue/changes/", "coordinator", 9),
            ("/", "coordinator", 15),
            ("/", "rep", 15),
            ("/requests/", "rep", 5),
            ("/handoffs/", "coordinator", 5),
            ("/handoffs/", "logistics_member", 6),
            ("/handoffs/?status=done", "coordinator", 5),
            ("/", "logistics_member", 15),
        ],
    )
    def test_of_pages(
        self, path, role, most, request, client_of, asked, claimed, logistics, coordinator, now
    ):
        client = client_of(request.getfixturevalue(role))

        def work(n):
            for i in range(n):
                row = claimed() if i % 2 else asked()
                ask = services.ask_department(
                    logistics, ask="Look", by=coordinator, at=now, request=row
                )
                if i % 3 == 0:
                    day = now.date() + timedelta(days=2)
                    services.accept_handoff(ask, promised_on=day, by=coordinator, at=now)
                    services.finish_handoff(ask, by=coordinator, at=now)
                if i % 4 == 0:
                    services.ask_requester(row, body="?", by=coordinator, at=now)

        work(5)
        few = queries_of(client, path)
        work(15)
        assert queries_of(client, path) == few <= most
        assert len(client.get(path).content) < 200_000

    @pytest.mark.parametrize("path", ["/api/requests/", "/api/handoffs/"])
    def test_of_the_api(self, path, api_of, asked, logistics, coordinator, now):
        api = api_of(coordinator)

        def work(n):
            for _ in range(n):
                services.ask_department(
                    logistics, ask="Look", by=coordinator, at=now, request=asked()
                )

        work(5)
        few = queries_of(api, path)
        work(55)
        assert queries_of(api, path) == few <= 10  # of which the throttle needs five


class TestMyRequests:
    def test_says_whose_turn_it_is_and_what_was_promised(
        self, rep, client_of, asked, claimed, coordinator, now
    ):
        waits, done, new = claimed(), claimed(), asked()
        services.ask_requester(waits, body="?", by=coordinator, at=now)
        services.resolve(done, by=coordinator, at=now)
        text = client_of(rep).get("/requests/").content.decode()
        assert text.index(new.ref) < text.index(done.ref) < text.index(waits.ref)
        assert "waits for you" in text
        assert "Resolved" in text

    def test_shows_only_the_own(self, stranger, client_of, asked):
        asked()
        page = client_of(stranger).get("/requests/").content.decode()
        assert "You have not asked for anything yet" in page


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run the page's clock")
class TestTheClockOfThePage:
    """static/js/clock.js says what kit/markup.py says, without asking the portal again."""

    SECONDS = (-200_000, -7_200, -3_660, -61, -60, -5, 0, 1, 59, 60, 61, 1_799, 1_800, 1_801,
               3_599, 3_600, 3_660, 7_260, 35_999, 36_000, 86_400, 172_799, 172_800, 180_000,
               9_999_999)  # fmt: skip

    def test_uses_the_same_words(self):
        script = (
            f"import {{ due, duration }} from {json.dumps(CLOCK.as_uri())};"
            f"console.log(JSON.stringify({list(self.SECONDS)}.map((s) => "
            "[duration(Math.abs(s)), ...due(s)])))"
        )
        ran = subprocess.run(
            ["node", "--input-type=module", "-e", script],
            capture_output=True, text=True, check=True, timeout=30,
        )  # fmt: skip
        for seconds, (age, css, glyph, words) in zip(
            self.SECONDS, json.loads(ran.stdout), strict=True
        ):
            assert age == markup.duration(abs(seconds))
            html = markup.due(seconds)
            assert f'class="sla {css}"' in html
            assert f"#i-{glyph}" in html
            assert html.endswith(f"</svg>{words}</span>")

    def test_is_told_by_the_page_when_each_row_is_due(self, browser, asked, now, at_nine):
        row = asked()
        text = browser.get("/queue/").content.decode()
        assert f'data-now="{int(now.timestamp())}"' in text
        assert f'data-due="{int(row.due_at.timestamp())}"' in text
        assert f'data-since="{int(row.submitted_at.timestamp())}"' in text
