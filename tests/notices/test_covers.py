"""Whoever covers hears of it while somebody is away: of what is no private thing and he may open."""

from datetime import UTC, datetime, timedelta

import pytest

from comms.models import Delivery
from desk import services as desk
from notices import covers, services
from notices.models import Notice
from people.models import Absence, Role
from tests import factories

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def joris(team):
    return factories.member(
        Role.COORDINATOR, email="j@example.com", name="Joris van Dam", team=team
    )


@pytest.fixture
def away(now):
    """`away(user, backup)`: from yesterday until Friday."""

    def make(user, backup=None, *, days=3):
        return Absence.objects.create(
            user=user, starts_at=now - DAY, ends_at=now + days * DAY, backup=backup
        )

    return make


@pytest.fixture
def question(asked, coordinator, rep, now):
    """The rep asks Marta, by name."""

    def ask(at=now):
        desk.reply(asked, body="Which size?", by=rep, at=at, asks_user=coordinator)

    return ask


def told(kind="turn"):
    rows = Notice.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("user__name", "on_behalf"))


@pytest.fixture
def ask(asked, rep, tell, now):
    """Marta is told of a question about a request."""

    def run(user, at=now, key="turn:1", kind="turn", **more):
        tell(user, at, key=key, kind=kind, about=asked, **more)

    return run


class TestForwarding:
    def test_the_cover_is_told_for_whom_and_until_when(self, ask, coordinator, joris, away):
        away(coordinator, joris)
        ask(coordinator)
        assert told() == [
            ("Marta Lindqvist", ""),
            ("Joris van Dam", "for Marta, who is away until Friday"),
        ]
        assert "For Marta, who is away until Friday" in Notice.objects.get(user=joris).body

    def test_who_is_here_is_told_alone(self, ask, coordinator, joris):
        ask(coordinator)
        assert told() == [("Marta Lindqvist", "")]  # the control

    def test_it_stops_when_she_is_back(self, ask, coordinator, joris, away, now):
        row = away(coordinator, joris)
        ask(coordinator, at=row.ends_at - timedelta(seconds=1), key="a")
        ask(coordinator, at=row.ends_at, key="b")
        assert Notice.objects.filter(user=joris).count() == 1

    def test_the_same_key_is_told_once_also_to_the_cover(self, ask, coordinator, joris, away):
        away(coordinator, joris)
        ask(coordinator)
        ask(coordinator)
        assert len(told()) == 2

    @pytest.mark.parametrize("kind", ["mentioned", "answered", "followed", "bounce", "news"])
    def test_private_things_stay_private(self, ask, coordinator, joris, away, kind):
        away(coordinator, joris)
        ask(coordinator, kind=kind)
        assert told(kind) == [("Marta Lindqvist", "")]

    @pytest.mark.parametrize(
        "kind", ["turn", "turn_reminder", "handoff", "promise", "customer_wrote"]
    )
    def test_what_somebody_waits_for_does_not(self, ask, coordinator, joris, away, kind):
        away(coordinator, joris)
        ask(coordinator, kind=kind)
        assert len(told(kind)) == 2

    def test_only_of_what_the_cover_may_open(self, ask, coordinator, away):
        elsewhere = factories.TeamFactory(name="Elsewhere")
        other = factories.member(Role.REP, email="o@example.com", name="Ola Other", team=elsewhere)
        away(coordinator, other)
        ask(coordinator)
        assert told() == [("Marta Lindqvist", "")]

    def test_and_of_no_words_that_he_may_not_read(self, ask, coordinator, rep, away):
        away(coordinator, rep)
        ask(coordinator, key="a", internal=True)
        assert told() == [("Marta Lindqvist", "")]
        ask(coordinator, key="b")
        assert len(told()) == 3  # the control: the rep may open the request itself

    def test_a_notice_about_nothing_is_not_passed_on(self, tell, coordinator, joris, away, now):
        away(coordinator, joris)
        tell(coordinator, now, kind="turn")
        assert told() == [("Marta Lindqvist", "")]

    def test_who_hears_of_it_anyway_hears_of_it_once(self, ask, coordinator, joris, away):
        away(coordinator, joris)
        ask(coordinator, besides={joris.pk})
        assert told() == [("Marta Lindqvist", "")]

    def test_each_of_several_managers_gets_a_mail_of_her_own(
        self, ask, coordinator, team, away, manager
    ):
        factories.member(Role.MANAGER, email="m2@example.com", name="Mina Second", team=team)
        away(coordinator)
        ask(coordinator)
        found = Delivery.objects.values_list("recipient", flat=True)
        assert {"manager@example.com", "m2@example.com"} <= set(found)


class TestWhoCovers:
    def test_a_cover_who_is_away_passes_it_on(self, coordinator, joris, manager, away, now):
        away(coordinator, joris)
        away(joris, manager)
        assert covers.cover_of(coordinator, at=now).people == [manager]

    def test_a_circle_ends_at_the_managers(self, coordinator, joris, manager, away, now):
        away(coordinator, joris)
        away(joris, coordinator)
        found = covers.cover_of(coordinator, at=now)
        assert (found.people, found.by_managers) == ([manager], True)

    def test_nobody_when_the_manager_is_away_too(self, coordinator, manager, away, now):
        away(coordinator)
        away(manager)
        assert covers.cover_of(coordinator, at=now).people == []
        assert "Nobody covers" in covers.in_words(coordinator, now=now)

    def test_an_account_that_was_closed_covers_nobody(self, coordinator, joris, manager, away, now):
        joris.is_active = False
        joris.save()
        away(coordinator, joris)
        assert covers.cover_of(coordinator, at=now).people == [manager]

    def test_nobody_covers_who_is_here(self, coordinator, now):
        assert covers.cover_of(coordinator, at=now) is None
        assert covers.in_words(coordinator, now=now) == ""

    def test_the_preferences_page_says_it(self, coordinator, joris, away, client_of):
        from django.utils import timezone

        at = timezone.now()
        Absence.objects.create(
            user=coordinator, starts_at=at + HOUR, ends_at=at + 40 * DAY, backup=joris
        )
        page = client_of(coordinator).get("/inbox/preferences/").content.decode()
        assert "Joris van Dam covers for you" in page

    def test_days_are_those_of_the_reader(self, coordinator, joris):
        end = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)  # Friday already in Amsterdam
        now = datetime(2026, 11, 24, 9, tzinfo=UTC)
        assert covers.day_for(joris, end, now=now) == "Friday"
        joris.zone = "America/New_York"
        assert covers.day_for(joris, end, now=now) == "Thursday"
        assert covers.day_for(joris, end + 20 * DAY, now=now) == "16 December"


def test_a_question_by_journal_reaches_the_cover(
    asked, rep, coordinator, joris, manager, away, heard, now
):  # fmt: skip
    """The whole way: the desk asks the rep, who is away."""
    away(rep, joris)
    desk.ask_requester(asked, body="Which size?", by=coordinator, at=now)
    assert heard() == [("Daniel Okafor", "turn"), ("Joris van Dam", "turn")]
    desk.answer(asked, body="DN 50", by=rep, at=now + HOUR)
    services.escalate(at=now + 3 * DAY)
    assert ("Helen Carr", "unread") not in heard()
