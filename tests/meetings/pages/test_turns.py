"""Whose turn it is: fair shares, credit for guests who did not come, owners of accounts."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from meetings import services
from meetings.models import PageBooking
from meetings.services import self_booking, turns
from people.models import Role
from tests import factories

FIRST = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def three(team):
    return [factories.member(Role.REP, team=team) for _ in range(3)]


@pytest.fixture
def book(visitor, now):
    """`book(page, n, hours, days)`: guest n books; returns who takes it."""

    def make(page, n, starts_at=FIRST, **fields):
        guest = self_booking.book_on_page(page, visitor(n, **fields), starts_at=starts_at, at=now)
        return guest.meeting.host

    return make


def days(n):
    """The n-th working day from FIRST, at its hour."""
    on = FIRST
    for _ in range(n):
        on += timedelta(days=3 if on.weekday() == 4 else 1)
    return on


class TestFairTurns:
    def test_everybody_takes_as_many(self, page_for, three, book):
        page = page_for(three)
        taken = Counter(book(page, n, days(n)) for n in range(9))
        assert set(taken.values()) == {3}

    def test_a_share_of_two_takes_twice_as_many(self, page_for, three, book):
        page = page_for({three[0]: 2, three[1]: 1, three[2]: 1})
        taken = Counter(book(page, n, days(n)) for n in range(8))
        assert [taken[user] for user in three] == [4, 2, 2]

    def test_who_is_busy_is_passed_over_and_comes_next(
        self, page_for, three, book, asked, coordinator, now
    ):
        page = page_for(three)
        services.book(asked(host=three[0], attendees=[]), starts_at=FIRST, by=coordinator, at=now)
        assert book(page, 1) == three[1]
        assert book(page, 2, days(1)) == three[0]

    def test_one_time_is_taken_by_all_before_it_is_gone(self, page_for, three, book):
        page = page_for(three)
        assert {book(page, n) for n in range(3)} == set(three)
        with pytest.raises(services.SlotTaken):
            book(page, 4)

    @pytest.mark.parametrize(("outcome", "counts"), [("guest_no_show", False), ("held", True)])
    def test_a_guest_who_did_not_come_does_not_count(
        self, page_for, three, book, now, outcome, counts
    ):
        page = page_for(three[:2])
        host = book(page, 1)
        meeting = PageBooking.objects.get().meeting
        services.confirm_outcome(meeting, outcome=outcome, by=host, at=FIRST + HOUR)
        order = turns.fair_order(page, three[:2], at=now)
        assert (order[0] != host) == counts

    def test_a_cancelled_one_does_not_count(self, page_for, three, book, now):
        page = page_for(three[:2])
        host = book(page, 1)
        services.cancel(PageBooking.objects.get().meeting, by=host, at=now)
        assert turns.fair_order(page, three[:2], at=now)[0] == host

    def test_what_was_long_ago_counts_no_more(self, page_for, three, book, now):
        page = page_for(three[:2])
        host = book(page, 1)
        later = now + timedelta(days=91)
        assert turns.fair_order(page, three[:2], at=later)[0] == min(three[:2], key=lambda u: u.pk)
        assert turns.fair_order(page, three[:2], at=now)[0] != host

    def test_a_team_without_names_is_everybody_in_it(self, page_for, three, rep, coordinator, team):
        page = page_for([], team=team)
        assert set(turns.hosts_of(page)) == {*three, rep, coordinator}

    def test_who_has_left_takes_none(self, page_for, three):
        page = page_for(three)
        three[0].is_active = False
        three[0].save()
        assert turns.hosts_of(page) == three[1:]


class TestOwners:
    @pytest.fixture
    def account(self, rep):
        return factories.AccountFactory(owner=rep)

    @pytest.fixture
    def page(self, page_for, three):
        return page_for(three, turns="owner")

    def test_a_known_contact_meets_the_owner_of_her_account(self, page, account, book, rep):
        factories.ContactFactory(account=account, email="claire1@northgate.example")
        assert book(page, 1) == rep
        assert PageBooking.objects.get().meeting.account == account

    def test_a_colleague_of_a_contact_does_too(self, page, account, book, rep):
        factories.ContactFactory(account=account, email="boss@northgate.example")
        assert book(page, 1) == rep

    def test_anybodys_address_says_nothing(self, page, account, book, rep):
        factories.ContactFactory(account=account, email="boss@gmail.com")
        assert book(page, 1, email="claire@gmail.com") != rep

    def test_part_of_a_domain_is_another_domain(self, page, account, book, rep):
        factories.ContactFactory(account=account, email="boss@northgate.example")
        assert book(page, 1, email="claire@gate.example") != rep

    def test_a_stranger_meets_the_team_in_turns(self, page, book, three):
        assert book(page, 1) in three

    def test_a_busy_owner_is_not_replaced(self, page, account, book, asked, coordinator, now):
        factories.ContactFactory(account=account, email="claire1@northgate.example")
        services.book(asked(), starts_at=FIRST, by=coordinator, at=now)
        with pytest.raises(services.SlotTaken):
            book(page, 1)

    def test_an_owner_who_is_away_for_long_is(self, page, account, book, rep, three, now):
        from people.models import Absence

        factories.ContactFactory(account=account, email="claire1@northgate.example")
        Absence.objects.create(user=rep, starts_at=now, ends_at=now + timedelta(days=90))
        assert book(page, 1) in three

    def test_the_page_asks_who_it_is_and_shows_that_owners_times(
        self, client, page, account, asked, coordinator, now
    ):
        factories.ContactFactory(account=account, email="claire1@northgate.example")
        services.book(asked(), starts_at=FIRST, by=coordinator, at=now)
        assert "Who are you?" in client.get("/book/talk-to-us/").text
        answer = client.post(
            "/book/talk-to-us/", {"who": "1", "email": "claire1@northgate.example"}
        )
        assert "northgate" not in answer["Location"]
        shown = client.get(f"{answer['Location']}&day=2026-11-26&tz=UTC").text
        assert "09:00</a>" not in shown
        assert "10:00</a>" in shown

    def test_no_address_is_no_answer(self, client, page):
        assert client.post("/book/talk-to-us/", {"who": "1", "email": "x"}).status_code == 422


class TestTheGuestIsTheHost:
    def test_nobody_meets_herself(self, page, book, rep):
        with pytest.raises(services.BadMeeting):
            book(page, 1, email=rep.email.upper())
