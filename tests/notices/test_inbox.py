"""Rows by subject: what is unread, read and unread again, by kind, live, however much there is."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from desk import services as desk
from notices import queries, services
from notices.models import Bundle, Notice
from people.models import Role
from tests import factories

HOUR = timedelta(hours=1)


@pytest.fixture
def other(asked, rep, now):
    return desk.submit(
        asked.type, subject="Which flange?", account=None, requester=rep, data={}, priority=1,
        wanted_on=None, by=rep, at=now,
    )  # fmt: skip


@pytest.fixture
def many(asked, rep, tell, now):
    """Twelve notices about one request, two of another kind."""
    for n in range(12):
        kind = "turn" if n in {3, 7} else "mentioned"
        tell(
            rep,
            now + n * HOUR,
            key=f"k{n}",
            kind=kind,
            about=asked,
            subject=f"Line {n}",
            link=f"/requests/{asked.pk}/",
        )


def rows(user, **wanted):
    return [(r["title"], r["unread"], r["total"]) for r in queries.inbox_page(user, **wanted).rows]


def counted():
    """Every row with what a count over the notices gives."""
    for row in Bundle.objects.all():
        own = Notice.objects.filter(
            user=row.user_id, about_type=row.about_type, about_id=row.about_id
        )
        own = own.filter(kind=row.kind) if row.kind else own
        yield (row.total, row.unread), (own.count(), own.filter(read_at=None).count())


def sound():
    return all(kept == fresh for kept, fresh in counted())


class TestRows:
    def test_twelve_notices_about_a_request_are_one_row_with_the_latest_line(self, many, rep):
        assert rows(rep) == [("Line 11", 12, 12)]
        assert rows(rep, kind="turn") == [("Line 7", 2, 2)]
        assert sound()

    def test_what_is_about_nothing_stands_by_itself(self, rep, tell, now):
        tell(rep, now, key="a", subject="A")
        tell(rep, now, key="b", subject="B")
        assert rows(rep) == [("B", 1, 1), ("A", 1, 1)]

    def test_the_latest_subject_stands_first(self, many, asked, other, rep, tell, now):
        tell(rep, now, key="o", subject="Other", about=other)
        assert [title for title, *_ in rows(rep)] == ["Other", "Line 11"]
        tell(rep, now, key="k12", subject="Line 12", about=asked)
        assert [title for title, *_ in rows(rep)] == ["Line 12", "Other"]

    def test_what_she_wants_uncounted_stands_there_read(self, asked, rep, tell, now):
        services.choose(rep, {"mentioned": "never"}, at=now, channel="inbox")
        tell(rep, now, about=asked)
        assert rows(rep) == [("S", 0, 1)]
        assert queries.unread_subjects(rep) == 0

    def test_what_must_be_seen_cannot_be_uncounted(self, rep, now):
        with pytest.raises(services.NoSuchChoice):
            services.choose(rep, {"turn": "never"}, at=now, channel="inbox")

    def test_the_database_refuses_rows_that_cannot_be(self, many):
        with pytest.raises(IntegrityError), transaction.atomic():
            Bundle.objects.update(unread=99)


class TestMarking:
    def test_a_row_is_read_at_once_and_the_latest_line_unread_again(self, many, rep, now):
        row = Bundle.objects.get(kind="")
        services.mark_bundle_read(rep, row.pk, at=now)
        assert rows(rep) == [("Line 11", 0, 12)]
        assert rows(rep, unread=True) == []
        services.mark_bundle_unread(rep, row.pk)
        assert rows(rep, unread=True) == [("Line 11", 1, 12)]
        assert sound()

    def test_a_row_of_one_kind_leaves_the_other_kinds_unread(self, many, rep, now):
        services.mark_bundle_read(rep, Bundle.objects.get(kind="turn").pk, at=now)
        assert rows(rep) == [("Line 11", 10, 12)]
        assert sound()

    def test_one_by_one(self, many, rep, now):
        for notice in Notice.objects.all():
            services.mark_read(rep, notice.pk, at=now)
            services.mark_read(rep, notice.pk, at=now)
            assert sound()
        assert rows(rep) == [("Line 11", 0, 12)]

    def test_everything(self, many, other, rep, tell, now):
        tell(rep, now, key="o", about=other)
        assert services.mark_all_read(rep, at=now) == 13
        assert sound()
        assert queries.unread_subjects(rep) == 0

    def test_somebody_elses_is_left_alone(self, many, rep, coordinator, now):
        row, notice = Bundle.objects.first(), Notice.objects.first()
        assert services.mark_bundle_read(coordinator, row.pk, at=now) is None
        assert services.mark_read(coordinator, notice.pk, at=now) is None
        assert services.mark_unread(coordinator, notice.pk) is None
        assert rows(rep) == [("Line 11", 12, 12)]


@pytest.mark.django_db(transaction=True)
def test_counts_are_right_when_telling_and_reading_meet(role_groups, asked, rep, tell, now):
    gate = threading.Barrier(4)

    def work(act):
        gate.wait()
        try:
            for n in range(12):
                act(n)
        finally:
            connection.close()

    def tells(name):
        return lambda n: tell(rep, now, key=f"{name}{n}", about=asked)

    acts = [tells("a"), tells("b"), lambda n: services.mark_all_read(rep, at=now),
            lambda n: services.mark_subject_read(rep, "desk.salesrequest", asked.pk, at=now)]  # fmt: skip
    threads = [threading.Thread(target=work, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Notice.objects.count() == 24
    assert sound()


class TestPages:
    def test_the_row_leads_to_all_and_to_the_page(self, many, rep, asked, client_of):
        page, row = client_of(rep), Bundle.objects.get(kind="")
        shown = page.get("/inbox/").content.decode()
        assert "Line 11" in shown
        assert "12 in all, 12 unread" in shown
        assert "Line 10" not in shown
        assert "Line 10" in page.get(f"/inbox/about/{row.pk}/").content.decode()
        assert page.post(f"/inbox/about/{row.pk}/open/").url == f"/requests/{asked.pk}/"
        assert page.get("/inbox/count/?n=0").status_code == 204

    def test_a_mark_gives_the_row_back_to_htmx_and_the_inbox_to_others(self, many, rep, client_of):
        page, row = client_of(rep), Bundle.objects.get(kind="")
        here = f"/inbox/about/{row.pk}/mark/"
        answer = page.post(here, {"to": "read"}, headers={"HX-Request": "true"}).content.decode()
        assert answer.strip().startswith("<tr")
        assert "Mark unread" in answer
        assert page.post(here, {"to": "unread"}).url == "/inbox/"
        assert rows(rep, unread=True) == [("Line 11", 1, 12)]

    def test_by_kind_and_unread(self, many, rep, client_of):
        page = client_of(rep)
        assert "Line 7" in page.get("/inbox/?kind=turn&show=unread").content.decode()
        assert "Nothing of this kind" in page.get("/inbox/?kind=bounce").content.decode()
        assert "Line 11" in page.get("/inbox/?kind=nonsense").content.decode()
        page.post("/inbox/read/")
        assert "You have read everything" in page.get("/inbox/?show=unread").content.decode()

    def test_a_poll_that_changes_nothing_is_304_after_one_look(
        self, many, rep, tell, now, client_of
    ):
        page = client_of(rep)
        first = page.get("/inbox/rows/")
        tag = {"If-None-Match": first["ETag"]}
        with CaptureQueriesContext(connection) as asked:
            assert page.get("/inbox/rows/", headers=tag).status_code == 304
        own = [q for q in asked.captured_queries if "notices_" in q["sql"]]
        assert len(own) == 1
        tell(rep, now, key="new", subject="New")
        fresh = page.get("/inbox/rows/", headers=tag)
        assert fresh.status_code == 200
        assert "New" in fresh.content.decode()

    def test_older_ones_follow(self, rep, tell, now, client_of):
        for n in range(53):
            tell(rep, now, key=str(n), subject=f"Line {n}.")
        page = client_of(rep)
        first = page.get("/inbox/")
        assert "Line 3." in first.content.decode()
        assert "Line 2." not in first.content.decode()
        after = first.context_data["page"].next
        assert "Line 2." in page.get(f"/inbox/?after={after}").content.decode()

    def test_the_cost_is_the_same_with_many(self, rep, tell, now, client_of):
        page = client_of(rep)
        costs = []
        for n in range(30):
            tell(rep, now, key=str(n))
            if n in {2, 29}:
                with CaptureQueriesContext(connection) as asked:
                    page.get("/inbox/")
                costs.append(len(asked))
        assert costs[0] == costs[1]


class TestThePageOfTheSubject:
    def test_says_that_it_is_open_and_what_was_told_of_it_is_read(
        self, many, asked, rep, client_of
    ):
        page = client_of(rep)
        shown = page.get(f"/requests/{asked.pk}/").content.decode()
        assert 'action="/inbox/seen/"' in shown
        assert rows(rep) == [("Line 11", 12, 12)]  # looking alone writes nothing
        answer = page.post("/inbox/seen/", {"type": "desk.salesrequest", "id": str(asked.pk)})
        assert answer.status_code == 204
        assert rows(rep) == [("Line 11", 0, 12)]

    def test_another_page_says_nothing(self, rep, client_of):
        assert "/inbox/seen/" not in client_of(rep).get("/").content.decode()

    @pytest.mark.parametrize(("kind", "key", "status"), [
        ("desk.salesrequest", "x", 422), ("desk.salesrequest", "9" * 40, 422), ("a\0", "1", 422),
        ("no.such", "1", 403), ("", "", 422),
    ])  # fmt: skip
    def test_what_is_no_subject_is_refused(self, rep, client_of, kind, key, status):
        assert client_of(rep).post("/inbox/seen/", {"type": kind, "id": key}).status_code == status

    def test_what_she_may_not_open_is_not_read_by_it(self, rep, asked, tell, now, client_of):
        elsewhere = factories.TeamFactory(name="Elsewhere")
        stranger = factories.member(Role.REP, team=elsewhere)
        tell(stranger, now, about=asked)
        form = {"type": "desk.salesrequest", "id": str(asked.pk)}
        assert client_of(stranger).post("/inbox/seen/", form).status_code == 403
        assert Notice.objects.get(user=stranger).read_at is None


class TestApi:
    def test_lists_ones_own_and_marks_them(self, many, rep, coordinator, api_of):
        mine = api_of(rep)
        page = mine.get("/api/notices/?unread=true&kind=turn").data["results"]
        assert [row["title"] for row in page] == ["Line 7", "Line 3"]
        here = f"/api/notices/{page[0]['id']}/"
        assert mine.post(f"{here}read/", {}).data["read_at"]
        assert mine.post(f"{here}unread/", {}).data["read_at"] is None
        assert api_of(coordinator).get(here).status_code == 404
        assert api_of(coordinator).post(f"{here}read/", {}).status_code == 404
        assert sound()

    def test_preferences_are_read_and_written(self, rep, api_of):
        mine = api_of(rep)
        chosen = {"chosen": {"mail": {"mentioned": "never"}, "inbox": {"followed": "never"}}}
        answer = mine.put("/api/notice-preferences/", chosen)
        found = {row["kind"]: row["channels"] for row in answer.data}
        assert found["mentioned"] == {"inbox": "now", "mail": "never"}
        assert found["followed"]["inbox"] == "never"

    @pytest.mark.parametrize("chosen", [
        {"mail": {"gossip": "now"}}, {"pigeon": {"turn": "now"}}, {"inbox": {"turn": "never"}}, {"mail": {"turn": "shout"}},
        {"mail": []}, "x", {"inbox": {"followed": "digest"}},
    ])  # fmt: skip
    def test_what_is_not_offered_is_refused_and_nothing_is_kept(self, rep, api_of, chosen):
        before = api_of(rep).get("/api/notice-preferences/").data
        answer = api_of(rep).put("/api/notice-preferences/", {"chosen": chosen})
        assert answer.status_code in {400, 422}
        assert api_of(rep).get("/api/notice-preferences/").data == before


@pytest.mark.slow
def test_a_hundred_thousand_are_as_fast_as_a_hundred(asked, rep, now, client_of):
    """The page and the poll read the same few index entries, whatever lies behind them."""

    def fill(count):
        made = Notice.objects.bulk_create(
            [Notice(user=rep, kind="mentioned", key=f"{count}:{n}", title=f"N {n}", at=now, about_type="x.y",
                    about_id=n % (count // 10)) for n in range(count)], batch_size=5000,
        )  # fmt: skip
        with connection.cursor() as sql:
            sql.execute(
                "INSERT INTO notices_bundle (user_id, kind, about_type, about_id, last_id, total, unread) "
                "SELECT user_id, k, about_type, about_id, max(id), count(*), count(*) FROM notices_notice, "
                "unnest(ARRAY['', kind]) k GROUP BY 1, 2, 3, 4 ON CONFLICT DO NOTHING"
            )
            sql.execute("ANALYZE notices_notice")
            sql.execute("ANALYZE notices_bundle")
        return made

    def buffers():
        found = queries.Bundle.objects.filter(user=rep, kind="", unread__gt=0).order_by("-last_id")
        plan = found.values("pk", "last__title")[:51].explain(analyze=True, buffers=True)
        return sum(
            int(part.split("hit=")[1].split()[0])
            for part in plan.splitlines()[:2]
            if "hit=" in part
        ), plan

    fill(100)
    few, _ = buffers()
    fill(100_000)
    lots, plan = buffers()
    assert "Seq Scan" not in plan, plan
    assert lots < max(few, 60) * 10, plan
