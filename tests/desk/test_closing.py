"""Gates before the end, and what comes after it: merged, split, rated; nothing of it is lost."""

import pytest

from comms.models import Delivery
from desk import services
from desk.models import IllegalMove, Watcher
from journal.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(kinds, manager, now, claimed):
    """A claimed request whose type has two steps."""
    kind = kinds["question"]
    services.save_type(kind, by=manager, at=now, version=1, checklist=["Look", "Answer"])
    return claimed()


class TestGate:
    def test_a_department_that_has_not_finished_holds_it_up(
        self, claimed, logistics, coordinator, now
    ):
        row = claimed()
        ask = services.ask_department(
            logistics, ask="Is it in?", by=coordinator, at=now, request=row
        )
        with pytest.raises(services.Unfinished, match="has not answered"):
            services.resolve(row, by=coordinator, at=now)
        services.accept_handoff(ask, promised_on=now.date(), by=coordinator, at=now)
        with pytest.raises(services.Unfinished, match="has not finished"):
            services.resolve(row, by=coordinator, at=now)
        services.finish_handoff(ask, by=coordinator, at=now)
        services.resolve(row, by=coordinator, at=now)

    def test_a_reason_overrides_it_and_is_kept(
        self, claimed, logistics, coordinator, now, desk_page
    ):
        row = claimed()
        services.ask_department(logistics, ask="Is it in?", by=coordinator, at=now, request=row)
        refused = desk_page.post(f"/requests/{row.pk}/resolve/")
        assert refused.status_code == 409
        assert "Resolve it anyway only with a reason" in refused.content.decode()
        desk_page.post(f"/requests/{row.pk}/resolve/", {"override": "They said it by phone."})
        told = Entry.objects.get(action="desk.request.resolved").data
        assert told["override"] == "They said it by phone."
        assert "Is it in?" in told["open"]

    def test_the_checklist_holds_it_up_until_all_is_ticked(
        self, listed, coordinator, now, desk_page
    ):
        with pytest.raises(services.Unfinished, match="Look"):
            services.resolve(listed, by=coordinator, at=now)
        for step in ("Look", "Answer"):
            desk_page.post(f"/requests/{listed.pk}/tick/", {"step": step, "done": "1"})
        listed.refresh_from_db()
        services.resolve(listed, by=coordinator, at=now)

    def test_a_tick_is_taken_back(self, listed, coordinator, now):
        services.tick(listed, step="Look", done=True, by=coordinator, at=now)
        services.tick(listed, step="Look", done=False, by=coordinator, at=now)
        assert listed.checked == []

    def test_a_step_that_is_none_is_refused(self, listed, desk_page):
        reply = desk_page.post(f"/requests/{listed.pk}/tick/", {"step": "Dance", "done": "1"})
        assert reply.status_code == 409


class TestMerge:
    def test_words_watchers_and_open_asks_go_along(
        self, asked, claimed, stranger, logistics, coordinator, manager, now, desk_page
    ):
        first, second = claimed(), asked(requester=stranger)
        services.reply(second, body="We look at it.", by=coordinator, at=now)
        services.watch(second, manager, by=manager, at=now)
        ask = services.ask_department(
            logistics, ask="Is it in?", by=coordinator, at=now, request=second
        )
        services.mark_duplicate(second, of=first, by=coordinator, at=now)
        ask.refresh_from_db()
        first.refresh_from_db()
        assert (ask.request, ask.status, first.party) == (first, "asked", "logistics")
        assert set(Watcher.objects.filter(request=first).values_list("user", flat=True)) == {
            stranger.pk, manager.pk,
        }  # fmt: skip
        text = desk_page.get(f"/requests/{first.pk}/").content.decode()
        assert "We look at it." in text
        assert f"from R-{second.pk}" in text
        assert "was merged into this" in text

    def test_what_was_merged_before_points_at_the_first(self, asked, coordinator, now):
        first, second, third = asked(), asked(), asked()
        services.mark_duplicate(third, of=second, by=coordinator, at=now)
        services.mark_duplicate(second, of=first, by=coordinator, at=now)
        third.refresh_from_db()
        assert third.duplicate_of == first

    def test_a_circle_is_refused(self, asked, coordinator, now):
        first, second = asked(), asked()
        services.mark_duplicate(second, of=first, by=coordinator, at=now)
        with pytest.raises(IllegalMove, match="of itself"):
            services.mark_duplicate(first, of=second, by=coordinator, at=now)


class TestSplit:
    def test_the_part_has_the_same_people_and_its_own_promise(
        self, claimed, account, desk_page, manager, coordinator, now
    ):
        row = claimed(account=account)
        services.watch(row, manager, by=manager, at=now)
        desk_page.post(
            f"/requests/{row.pk}/split/", {"subject": "Freight", "body": "Who pays the freight?"}
        )
        part = row.splits.get()
        assert (part.requester, part.account, part.status) == (row.requester, account, "new")
        assert part.due_at is not None
        assert part.watchers.get().user == manager
        assert "Who pays the freight?" in desk_page.get(f"/requests/{part.pk}/").content.decode()
        assert "was split off" in desk_page.get(f"/requests/{row.pk}/").content.decode()

    def test_nothing_typed_is_lost_when_it_is_refused(self, claimed, desk_page):
        row = claimed()
        reply = desk_page.post(
            f"/requests/{row.pk}/split/", {"subject": "", "body": "A long story"}
        )
        assert reply.status_code == 422
        assert "A long story" in reply.content.decode()


class TestRating:
    def test_the_one_who_asked_says_it_and_may_say_it_again(
        self, claimed, coordinator, rep_page, desk_page, now
    ):
        row = claimed()
        services.resolve(row, by=coordinator, at=now)
        rep_page.post(f"/requests/{row.pk}/rate/", {"score": 2, "comment": "Slow"})
        rep_page.post(f"/requests/{row.pk}/rate/", {"score": 5, "comment": ""})
        row.refresh_from_db()
        assert row.satisfaction.score == 5
        assert "said 5 of 5" in desk_page.get(f"/requests/{row.pk}/").content.decode()

    def test_nobody_else_and_not_before_it_is_resolved(self, claimed, rep_page, desk_page):
        row = claimed()
        assert desk_page.post(f"/requests/{row.pk}/rate/", {"score": 5}).status_code == 403
        assert rep_page.post(f"/requests/{row.pk}/rate/", {"score": 5}).status_code == 409
        assert rep_page.post(f"/requests/{row.pk}/rate/", {"score": 9}).status_code == 422


class TestWatching:
    def test_whoever_follows_hears_of_the_end_but_not_of_the_own(
        self, claimed, manager, coordinator, now
    ):
        row = claimed()
        services.watch(row, manager, by=manager, at=now)
        services.watch(row, coordinator, by=coordinator, at=now)
        services.resolve(row, by=coordinator, at=now)
        assert [d.user for d in Delivery.objects.all()] == [manager]

    def test_following_is_switched_on_and_off_on_the_page(self, claimed, desk_page):
        row = claimed()
        desk_page.post(f"/requests/{row.pk}/watch/")
        assert row.watchers.count() == 1
        desk_page.post(f"/requests/{row.pk}/watch/", {"stop": "1"})
        assert row.watchers.count() == 0
