"""Several times offered at once: held, chosen by one click, freed when nobody chooses."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from comms.models import Delivery, Message
from journal.models import Entry
from meetings import services
from meetings.models import Booking, IllegalMove, Proposal
from meetings.services import guest_links, proposing, refusals
from meetings.tasks import expire_proposals
from notices.models import Notice
from tests.meetings.test_booking import at_once

TIMES = [datetime(2026, 11, 26, hour, 0, tzinfo=UTC) for hour in (8, 10, 13)]


@pytest.fixture
def meeting(asked):
    return asked(guests=[{"name": "Claire", "email": "claire@northgate.example"},
                         {"name": "Paul", "email": "paul@northgate.example"}])  # fmt: skip


@pytest.fixture
def offered(meeting, coordinator, now):
    return proposing.propose(meeting, starts=TIMES, by=coordinator, at=now, note="Which one?")


@pytest.fixture
def links(offered):
    """The address in each guest's mail, by name."""
    mails = Delivery.objects.filter(key__startswith="proposal:")
    return {m.recipient_name: re.search(r"/book/choose/[\w-]+/", m.body)[0] for m in mails}


class TestOffering:
    def test_holds_the_times_of_all_who_must_come(self, offered, rep, coordinator):
        holds = Booking.objects.filter(proposal=offered)
        assert holds.count() == 6
        assert set(holds.values_list("user", flat=True)) == {rep.pk, coordinator.pk}
        assert {h.hold_until for h in holds} == {offered.expires_at}

    def test_writes_to_each_guest_with_a_link_of_her_own(self, links):
        assert len(set(links.values())) == 2
        assert Delivery.objects.filter(key__startswith="proposal:", private=True).count() == 2

    def test_runs_for_two_working_days(self, offered, now):
        assert offered.expires_at == now + timedelta(days=2)

    def test_counts_as_a_touch_and_is_written_down(self, offered, meeting):
        meeting.refresh_from_db()
        assert meeting.touches == 1
        assert Entry.objects.get(action="meetings.meeting.proposed").data["times"] == 3

    def test_nobody_else_books_a_held_time(self, offered, asked, coordinator, now):
        with pytest.raises(services.SlotTaken):
            services.book(asked(), starts_at=TIMES[0], by=coordinator, at=now)

    def test_times_that_overlap_can_be_offered_together(self, meeting, coordinator, now):
        near = [TIMES[0], TIMES[0] + timedelta(minutes=30)]
        made = proposing.propose(meeting, starts=near, by=coordinator, at=now)
        assert made.times.count() == 2

    @pytest.mark.parametrize(
        "starts",
        [[], TIMES[:1], [TIMES[0], TIMES[0]], [TIMES[0] + timedelta(hours=n) for n in range(9)],
         [TIMES[0], datetime(2020, 1, 1, tzinfo=UTC)], [TIMES[0], datetime(9999, 1, 1, tzinfo=UTC)]],
    )  # fmt: skip
    def test_refuses_times_that_cannot_be(self, meeting, coordinator, now, starts):
        with pytest.raises(services.BadMeeting):
            proposing.propose(meeting, starts=starts, by=coordinator, at=now)
        assert not Booking.objects.exists()

    def test_a_second_offer_waits_for_the_first(self, offered, meeting, coordinator, now):
        with pytest.raises(services.BadMeeting, match="already"):
            proposing.propose(meeting, starts=TIMES, by=coordinator, at=now)

    def test_a_busy_time_leaves_no_trace(self, meeting, asked, coordinator, now):
        services.book(asked(), starts_at=TIMES[1], by=coordinator, at=now)
        with pytest.raises(services.SlotTaken):
            proposing.propose(meeting, starts=TIMES, by=coordinator, at=now)
        assert not Proposal.objects.exists()
        assert not Booking.objects.filter(hold_until__isnull=False).exists()

    def test_nobody_is_asked_about_a_cancelled_meeting(self, meeting, coordinator, now):
        services.cancel(meeting, by=coordinator, at=now)
        with pytest.raises(IllegalMove):
            proposing.propose(meeting, starts=TIMES, by=coordinator, at=now)

    def test_a_meeting_without_guests_has_nobody_to_ask(self, asked, coordinator, now):
        with pytest.raises(services.BadMeeting):
            proposing.propose(asked(guests=[]), starts=TIMES, by=coordinator, at=now)


class TestChoosing:
    def test_a_look_books_nothing(self, client, links, meeting):
        text = client.get(links["Claire"]).text
        assert "Thursday 26 November 2026, 09:00" in text
        meeting.refresh_from_db()
        assert meeting.status == "requested"

    def test_one_click_books_and_frees_the_others(
        self, client, links, meeting, offered, coordinator
    ):
        code = "2026-11-26T10:00Z"
        assert client.post(links["Claire"], {"starts_at": code}).status_code == 302
        meeting.refresh_from_db()
        offered.refresh_from_db()
        assert (meeting.status, meeting.starts_at) == ("booked", TIMES[1])
        assert (offered.state, offered.chosen_by.name) == ("taken", "Claire")
        assert Booking.objects.count() == 2
        assert meeting.attendees.get(name="Claire").reply == "accepted"
        assert Entry.objects.filter(action="meetings.meeting.chosen").count() == 1
        assert Notice.objects.filter(user=coordinator, title__contains="chose").exists()

    def test_the_second_guest_sees_what_was_chosen(self, client, links):
        client.post(links["Claire"], {"starts_at": "2026-11-26T10:00Z"})
        answer = client.post(links["Paul"], {"starts_at": "2026-11-26T08:00Z"})
        assert answer.status_code == 409
        assert "Claire chose it." in answer.text
        assert "11:00" in answer.text

    @pytest.mark.parametrize("said", ["2026-11-26T11:00Z", "2026-11-27T10:00Z"])
    def test_only_what_was_offered(self, client, links, said, meeting):
        assert client.post(links["Claire"], {"starts_at": said}).status_code == 409

    @pytest.mark.parametrize("said", ["", "x", "\0", "9" * 10_000])
    def test_nonsense_is_no_time(self, client, links, said):
        assert client.post(links["Claire"], {"starts_at": said}).status_code == 422

    def test_nothing_can_be_chosen_once_the_desk_booked(
        self, client, links, meeting, coordinator, now, offered
    ):
        services.book(meeting, starts_at=TIMES[2], by=coordinator, at=now)
        assert client.post(links["Claire"], {"starts_at": "2026-11-26T10:00Z"}).status_code == 409
        offered.refresh_from_db()
        assert offered.state == "withdrawn"
        assert Booking.objects.count() == 2


@pytest.mark.django_db(transaction=True)
class TestTwoClicksAtOnce:
    def test_one_wins(self, meeting, offered, now):
        guests = list(meeting.attendees.filter(role="guest").select_related("meeting"))
        keys = [guest_links.fresh_key(g, at=now) for g in guests] * 4

        def click(n):
            link = guest_links.find(keys[n], at=now)
            try:
                proposing.choose(link, starts_at=TIMES[n % 3], at=now)
            except refusals.ProposalClosed:
                return 0
            return 1

        assert sum(at_once(8, click)) == 1
        assert Booking.objects.count() == 2


class TestNoneSuits:
    def test_her_words_stand_in_the_conversation(
        self, client, links, meeting, coordinator, offered
    ):
        said = {"none": "1", "words_said": "Only Fridays"}
        assert client.post(links["Claire"], said).status_code == 302
        message = Message.objects.get()
        assert (message.body, message.author_name) == ("Only Fridays", "Claire")
        assert Notice.objects.filter(user=coordinator, body__contains="Only Fridays").exists()
        offered.refresh_from_db()
        assert offered.state == "open"  # Paul may still choose

    def test_the_only_guest_frees_the_times(self, client, asked, coordinator, now):
        made = proposing.propose(asked(), starts=TIMES, by=coordinator, at=now)
        mail = Delivery.objects.get(key__startswith="proposal:")
        link = re.search(r"/book/choose/[\w-]+/", mail.body)[0]
        client.post(link, {"none": "1", "words_said": "Only Fridays"})
        made.refresh_from_db()
        assert made.state == "withdrawn"
        assert not Booking.objects.exists()

    @pytest.mark.parametrize("words", ["", " \0 ", "x" * 100_000])
    def test_without_words_nothing_is_sent(self, client, links, words):
        assert client.post(links["Claire"], {"none": "1", "words_said": words}).status_code == 422
        assert not Message.objects.exists()

    def test_a_double_click_is_one_message(self, client, links):
        said = {"none": "1", "words_said": "Only Fridays", "idempotency_key": "k"}
        for _ in range(2):
            client.post(links["Claire"], said)
        assert Message.objects.count() == 1


class TestTheEnd:
    def test_what_ran_out_is_free_and_the_desk_is_told_once(self, offered, coordinator, clock):
        clock.move_to(offered.expires_at + timedelta(seconds=1))
        assert [expire_proposals(), expire_proposals()] == [1, 0]
        offered.refresh_from_db()
        assert offered.state == "expired"
        assert not Booking.objects.exists()
        assert (
            Notice.objects.filter(user=coordinator, title__startswith="Nobody chose").count() == 1
        )
        assert Entry.objects.filter(action="meetings.meeting.proposal_expired").count() == 1

    def test_what_runs_is_left_alone(self, offered, clock):
        clock.move_to(offered.expires_at - timedelta(seconds=1))
        assert expire_proposals() == 0
        assert Booking.objects.count() == 6

    def test_too_late_is_too_late_before_the_sweep_comes(self, client, links, offered, clock):
        clock.move_to(offered.expires_at + timedelta(seconds=1))
        answer = client.post(links["Claire"], {"starts_at": "2026-11-26T13:00Z"})
        assert answer.status_code == 409
        assert "not kept any more" in answer.text

    def test_withdrawn_times_are_free(self, offered, coordinator, now):
        proposing.withdraw(offered, by=coordinator, at=now)
        assert not Booking.objects.exists()
        with pytest.raises(refusals.ProposalClosed):
            proposing.withdraw(offered, by=coordinator, at=now)


class TestTheSlotOfTheMeeting:
    def test_offers_what_was_ticked(self, client_of, coordinator, meeting):
        client, url = client_of(coordinator), f"/meetings/{meeting.pk}/proposals/"
        values = re.findall(r'name="starts_at" value="([^"]+)"', client.get(url).text)
        assert len(values) > 2
        answer = client.post(
            url, {"starts_at": values[:3], "note": "Hello"}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
        assert "Waiting for the guest" in answer.text
        assert Proposal.objects.get().times.count() == 3

    @pytest.mark.parametrize(
        "starts", [[], ["x"], ["0001-01-01T00:00:00+14:00"] * 2, ["\0", "1e9"]]
    )
    def test_says_what_is_missing(self, client_of, coordinator, meeting, starts):
        answer = client_of(coordinator).post(
            f"/meetings/{meeting.pk}/proposals/", {"starts_at": starts}
        )
        assert answer.status_code == 422
        assert "Choose 2 to 8 times." in answer.text

    def test_a_rep_looks_but_does_not_offer(self, client_of, rep, meeting):
        client, url = client_of(rep), f"/meetings/{meeting.pk}/proposals/"
        assert client.get(url).status_code == 200
        assert client.post(url, {"starts_at": [t.isoformat() for t in TIMES]}).status_code == 403
        assert not Proposal.objects.exists()

    def test_withdraws(self, client_of, coordinator, meeting, offered):
        url = f"/meetings/{meeting.pk}/proposals/{offered.pk}/withdraw/"
        assert client_of(coordinator).post(url).status_code == 302
        assert client_of(coordinator).post(url).status_code == 409

    def test_of_another_meeting_is_not_found(self, client_of, coordinator, asked, offered):
        url = f"/meetings/{asked().pk}/proposals/{offered.pk}/withdraw/"
        assert client_of(coordinator).post(url).status_code == 404
