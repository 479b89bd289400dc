"""What comes back by mail counts once, for the time that it answers, and is never lost."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from comms.addresses import reply_address
from comms.models import Delivery, Message
from comms.services import thread_for
from desk.models import SalesRequest
from journal.models import Entry
from meetings import services
from meetings.models import Attendee, Counter
from meetings.services import counters, incoming, replies
from notices.models import Notice
from tests.meetings.invites import answers
from tests.meetings.invites.conftest import CLAIRE, SLOT

T10 = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
T11 = T10 + timedelta(hours=1)
LATE = T11 + timedelta(days=1)


@pytest.fixture
def invitation(meeting, to_claire):
    return answers.invited(to_claire())


def reply_of(guest):
    guest.refresh_from_db()
    return guest.reply


class TestPrograms:
    @pytest.mark.parametrize("program", answers.PROGRAMS)
    @pytest.mark.parametrize(
        ("partstat", "reply"),
        [("ACCEPTED", "accepted"), ("DECLINED", "declined"), ("TENTATIVE", "tentative")],
    )
    def test_answers_of_each_count(self, program, partstat, reply, invitation, guest, comes):
        raw = answers.PROGRAMS[program](invitation, "Claire Ashworth", CLAIRE, partstat)
        row = comes(raw)
        assert (row.status, reply_of(guest)) == ("noted", reply)
        assert (guest.replied_by, guest.replied_sequence, guest.replied_stamp) == (
            "mail",
            0,
            min(T10, row.received_at),
        )
        assert not SalesRequest.objects.exists()

    def test_a_note_lands_in_the_conversation_of_the_meeting(
        self, invitation, meeting, guest, comes, coordinator
    ):
        comes(answers.outlook(invitation, "Claire Ashworth", CLAIRE, words="I bring Tom."))
        message = Message.objects.get()
        assert (message.body, message.thread.subject_id) == ("I bring Tom.", meeting.pk)
        assert message.contact.email == CLAIRE
        guest.refresh_from_db()
        assert guest.reply_note == "I bring Tom."

    def test_the_text_of_a_program_is_no_note(self, invitation, guest, comes):
        comes(answers.google(invitation, "Claire Ashworth", CLAIRE))
        assert not Message.objects.exists()

    def test_a_colleague_answers_by_her_calendar_too(self, meeting, rep, comes):
        mine = Delivery.objects.get(recipient=rep.email)
        comes(answers.google(answers.invited(mine), "Daniel", rep.email, "DECLINED"))
        assert meeting.attendees.get(user=rep).reply == "declined"


class TestWhoIsBelieved:
    def test_nobody_else_answers_for_her(self, invitation, guest, comes):
        row = comes(answers.simple("mallory@evil.example", answers.calendar(invitation, CLAIRE)))
        assert (row.status, reply_of(guest)) == ("triage", "none")
        assert "not invited" in row.why

    def test_another_attendee_does_not_either(self, invitation, guest, rep, comes):
        comes(answers.simple(rep.email, answers.calendar(invitation, CLAIRE, "DECLINED")))
        assert reply_of(guest) == "none"

    def test_an_alias_in_the_calendar_is_hers_if_she_writes(self, invitation, guest, comes):
        text = answers.calendar(invitation, "c.ashworth@northgate.example")
        comes(answers.simple(CLAIRE, text))
        assert reply_of(guest) == "accepted"

    def test_an_alias_that_answers_our_mail_is_hers(self, invitation, guest, comes, to_claire):
        text = answers.calendar(invitation, "c.ashworth@northgate.example")
        raw = answers.simple(
            "c.ashworth@northgate.example", text, In_Reply_To=to_claire().message_id
        )
        comes(raw)
        assert reply_of(guest) == "accepted"

    def test_an_alias_without_that_is_for_a_person(self, invitation, guest, comes):
        address = "c.ashworth@northgate.example"
        row = comes(answers.simple(address, answers.calendar(invitation, address)))
        assert (row.status, reply_of(guest)) == ("triage", "none")

    def test_the_signed_address_is_proof(self, invitation, meeting, guest, claire, comes, now):
        thread = thread_for(meeting, account_id=meeting.account_id, at=now)
        to = reply_address(thread.pk, f"contact:{claire.pk}")
        comes(answers.simple("pa@northgate.example", answers.calendar(invitation, CLAIRE), to=to))
        assert reply_of(guest) == "accepted"

    def test_an_unknown_uid_is_triage(self, invitation, guest, comes):
        text = answers.calendar({**invitation, "uid": "no-such@portal"}, CLAIRE)
        row = comes(answers.simple(CLAIRE, text))
        assert (row.status, reply_of(guest)) == ("triage", "none")

    def test_a_cancelled_meeting_is_triage_with_its_place(
        self, invitation, meeting, coordinator, now, comes
    ):
        services.cancel(meeting, by=coordinator, at=now)
        row = comes(answers.google(invitation, "Claire", CLAIRE))
        assert (row.status, row.thread.subject_id) == ("triage", meeting.pk)


class TestOrder:
    def two(self, invitation):
        return [
            answers.simple(CLAIRE, answers.calendar(invitation, CLAIRE, "ACCEPTED", at=T10)),
            answers.simple(CLAIRE, answers.calendar(invitation, CLAIRE, "DECLINED", at=T11)),
        ]

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_the_later_stamp_counts_whatever_comes_first(self, order, invitation, guest, comes):
        mails = self.two(invitation)
        for at in order:
            comes(mails[at], at=LATE)
        assert reply_of(guest) == "declined"

    def test_any_order_of_many_ends_the_same(self, invitation, guest, now):
        """And without the comparison it would not (negative control)."""
        said = ["accepted", "declined", "tentative", "accepted", "declined"]
        stamps = [T10, T10, T11, T11, T10 + timedelta(minutes=5)]
        ends, careless = set(), set()
        for seed in range(20):
            order = list(range(5))
            random.Random(seed).shuffle(order)
            Attendee.objects.filter(pk=guest.pk).update(reply="none", replied_stamp=None)
            for at in order:
                careless_end = said[at]
                replies.take_answer(guest, replies.Answer(said[at], 0, stamps[at]), at=LATE)
            ends.add(reply_of(guest))
            careless.add(careless_end)
        assert ends == {"tentative"}
        assert len(careless) > 1

    def test_an_answer_to_the_old_time_never_counts_for_the_new(
        self, invitation, meeting, guest, coordinator, now, comes
    ):
        services.book(meeting, starts_at=SLOT + timedelta(hours=2), by=coordinator, at=now)
        row = comes(answers.simple(CLAIRE, answers.calendar(invitation, CLAIRE, at=T11)), at=LATE)
        assert reply_of(guest) == "none"
        assert (guest.late_reply, row.status) == ("accepted", "noted")
        assert "old time" in row.why
        assert Entry.objects.filter(action="meetings.meeting.replied_late").count() == 1

    def test_an_answer_to_the_new_time_does(
        self, meeting, guest, coordinator, now, comes, to_claire
    ):
        services.book(meeting, starts_at=SLOT + timedelta(hours=2), by=coordinator, at=now)
        text = answers.calendar(answers.invited(to_claire()), CLAIRE, at=T11)
        comes(answers.simple(CLAIRE, text), at=LATE)
        assert reply_of(guest) == "accepted"

    def test_a_clock_that_runs_ahead_does_not_silence_her(self, invitation, guest, comes):
        text = answers.calendar(invitation, CLAIRE, at=datetime(2099, 1, 1, tzinfo=UTC))
        comes(answers.simple(CLAIRE, text), at=T10)
        text = answers.calendar(invitation, CLAIRE, "DECLINED", at=T11)
        comes(answers.simple(CLAIRE, text), at=LATE)
        assert reply_of(guest) == "declined"

    def test_without_a_sequence_the_named_time_decides(
        self, invitation, meeting, guest, coordinator, now, comes
    ):
        services.book(meeting, starts_at=SLOT + timedelta(hours=2), by=coordinator, at=now)
        old = answers.calendar(invitation, CLAIRE, sequence="", at=T10)
        comes(answers.simple(CLAIRE, old), at=LATE)
        assert reply_of(guest) == "none"
        new = answers.calendar(invitation, CLAIRE, sequence="", start=SLOT + timedelta(hours=2),
                               end=SLOT + timedelta(hours=3), at=T11)  # fmt: skip
        comes(answers.simple(CLAIRE, new), at=LATE)
        assert reply_of(guest) == "accepted"

    def test_what_the_desk_said_later_stands(self, invitation, guest, coordinator, comes):
        services.take_reply(guest, reply="declined", by=coordinator, at=T11)
        comes(answers.simple(CLAIRE, answers.calendar(invitation, CLAIRE, at=T10)), at=LATE)
        assert reply_of(guest) == "declined"


class TestWhatFollows:
    def test_once_all_accepted_it_is_agreed(self, invitation, meeting, comes):
        assert meeting.agreed_at is None
        comes(answers.google(invitation, "Claire", CLAIRE), at=T11)
        meeting.refresh_from_db()
        assert meeting.agreed_at == T11

    def test_a_no_of_somebody_who_must_come_tells_the_coordinator_once(
        self, invitation, meeting, coordinator, comes
    ):
        raw = answers.outlook(invitation, "Claire Ashworth", CLAIRE, "DECLINED", words="Ill")
        comes(raw)
        comes(
            answers.simple(CLAIRE, answers.calendar(invitation, CLAIRE, "DECLINED", at=T11)), LATE
        )
        notice = Notice.objects.get(user=coordinator, kind="meeting")
        assert "Claire Ashworth declined" in notice.title
        assert replies.needs_another_time(meeting)

    def test_a_maybe_tells_nobody(self, invitation, meeting, comes):
        comes(answers.google(invitation, "Claire", CLAIRE, "TENTATIVE"))
        assert not Notice.objects.filter(kind="meeting").exists()
        assert not replies.needs_another_time(meeting)

    def test_refresh_sends_it_again_once_an_hour(self, invitation, comes, now):
        for minute in range(3):
            text = answers.calendar(
                invitation, CLAIRE, method="REFRESH", at=now + timedelta(minutes=minute)
            )
            comes(answers.simple(CLAIRE, text))
        assert Delivery.objects.filter(recipient=CLAIRE, calendar_method="REQUEST").count() == 2

    def test_a_delegate_is_invited_and_the_desk_told(
        self, invitation, meeting, guest, coordinator, comes
    ):
        line = f'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:tom@northgate.example":mailto:{CLAIRE}'
        extra = ('ATTENDEE;CN="Tom Reed";DELEGATED-FROM="mailto:x":MAILTO:TOM@northgate.example',)
        text = answers.calendar(invitation, CLAIRE, attendee=line, extra=extra)
        comes(answers.simple(CLAIRE, text))
        tom = meeting.attendees.get(email="tom@northgate.example")
        assert (tom.name, tom.role, reply_of(guest)) == ("Tom Reed", "guest", "delegated")
        mail = Delivery.objects.get(recipient=tom.email)
        assert f'DELEGATED-TO="mailto:{tom.email}"' in mail.calendar_part.replace("\r\n ", "")
        assert "sends Tom Reed" in Notice.objects.get(user=coordinator, kind="meeting").title
        meeting.refresh_from_db()
        assert meeting.agreed_at is None
        comes(answers.google(answers.invited(mail), "Tom", tom.email))
        meeting.refresh_from_db()
        assert meeting.agreed_at is not None

    @pytest.mark.parametrize("to", ["", "nobody", CLAIRE, "desk@portal.localhost"])
    def test_a_delegate_who_cannot_be_is_for_a_person(self, to, invitation, meeting, guest, comes):
        line = f'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:{to}":mailto:{CLAIRE}'
        row = comes(answers.simple(CLAIRE, answers.calendar(invitation, CLAIRE, attendee=line)))
        assert (row.status, reply_of(guest)) == ("triage", "none")
        assert meeting.attendees.count() == 3


class TestCounters:
    NEW = SLOT + timedelta(hours=4)

    @pytest.fixture
    def counter(self, invitation, comes):
        text = answers.calendar(
            invitation, CLAIRE, "TENTATIVE", method="COUNTER", start=self.NEW,
            end=self.NEW + timedelta(hours=1), extra=("COMMENT:Train is late",),
        )  # fmt: skip
        assert comes(answers.simple(CLAIRE, text)).status == "noted"
        return Counter.objects.get()

    def test_is_shown_and_told(self, counter, guest, coordinator):
        assert (counter.state, counter.starts_at, counter.note) == (
            "open",
            self.NEW,
            "Train is late",
        )
        assert reply_of(guest) == "tentative"
        assert "proposes another time" in Notice.objects.get(user=coordinator, kind="meeting").title

    def test_taken_moves_the_meeting_as_the_guests_step(
        self, counter, meeting, guest, coordinator, now
    ):
        counters.take(counter, by=coordinator, at=now)
        meeting.refresh_from_db()
        assert (meeting.starts_at, meeting.minutes, meeting.reschedules) == (self.NEW, 60, 1)
        assert (reply_of(guest), meeting.moves.get().side) == ("accepted", "guest")
        with pytest.raises(counters.Settled):
            counters.refuse(counter, by=coordinator, at=now)

    def test_refused_says_so_by_mail(self, counter, meeting, coordinator, now, to_claire):
        counters.refuse(counter, by=coordinator, at=now, note="The room is taken")
        mail = to_claire()
        assert mail.calendar_method == "DECLINECOUNTER"
        assert "COMMENT:The room is taken" in mail.calendar_part
        meeting.refresh_from_db()
        assert meeting.starts_at == SLOT

    def test_a_later_one_replaces_it_and_an_earlier_one_does_not(self, counter, invitation, comes):
        for at, hour in ((T11, 6), (T10 - timedelta(hours=1), 7)):
            text = answers.calendar(invitation, CLAIRE, method="COUNTER", at=at,
                                    start=SLOT + timedelta(hours=hour), end=SLOT + timedelta(hours=hour + 1))  # fmt: skip
            comes(answers.simple(CLAIRE, text), at=LATE)
        assert list(Counter.objects.order_by("pk").values_list("state", flat=True)) == [
            "replaced",
            "open",
        ]
        assert Counter.objects.get(state="open").starts_at == SLOT + timedelta(hours=6)

    @pytest.mark.parametrize(
        "start", [datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)]
    )
    def test_a_time_that_cannot_be_is_for_a_person(self, start, invitation, comes):
        text = answers.calendar(
            invitation, CLAIRE, method="COUNTER", start=start, end=start + timedelta(hours=1)
        )
        assert comes(answers.simple(CLAIRE, text)).status == "triage"
        assert not Counter.objects.exists()


class TestHostileCalendars:
    def hostile(self, invitation):
        good = answers.calendar(invitation, CLAIRE)
        return {
            "huge": good.replace("END:VEVENT", "X-A:" + "a" * 300_000 + "\r\nEND:VEVENT"),
            "many lines": good.replace("BEGIN:VEVENT", "X-A:b\r\n" * 20_000 + "BEGIN:VEVENT"),
            "no event": "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n",
            "nested": "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n" + "BEGIN:VEVENT\r\n" * 5_000,
            "unbalanced": good.replace("BEGIN:VEVENT\r\n", ""),
            "binary": "METHOD:REPLY\r\n" + "\x00\xff\xfe" * 1000,
        }

    @pytest.mark.parametrize(
        "kind", ["huge", "many lines", "no event", "nested", "unbalanced", "binary"]
    )
    def test_are_triage_and_change_nothing(self, kind, invitation, guest, comes):
        row = comes(answers.simple(CLAIRE, self.hostile(invitation)[kind]))
        assert (row.status, reply_of(guest)) == ("triage", "none")

    def test_a_bomb_of_recurrences_is_not_expanded(self, invitation, guest, comes):
        extra = ("RRULE:FREQ=SECONDLY;INTERVAL=1;COUNT=2147483647",)
        comes(answers.simple(CLAIRE, answers.calendar(invitation, CLAIRE, extra=extra)))
        assert reply_of(guest) == "accepted"

    @pytest.mark.parametrize("change", [
        ("SEQUENCE:0", "SEQUENCE:99999999999999999999999"), ("SEQUENCE:0", "SEQUENCE:-1"),
        ("DTSTAMP:20261124T100000Z", "DTSTAMP:00010101T000000Z"), ("DTSTAMP:20261124T100000Z", "DTSTAMP:soon"),
        ("PARTSTAT=ACCEPTED", "PARTSTAT=MAYBE"), ("PARTSTAT=ACCEPTED", "PARTSTAT=\"ACCEPTED"),
        ("UID:", "UID;X=\"\x00:"), ("DTSTART:", "DTSTART;TZID=Mars/Base:"),
    ])  # fmt: skip
    def test_strange_values_break_nothing(self, change, invitation, guest, comes):
        text = answers.calendar(invitation, CLAIRE).replace(*change)
        assert comes(answers.simple(CLAIRE, text)).status in {"noted", "triage"}

    def test_random_damage_is_read_without_an_exception(self, invitation, guest):
        good, dice = answers.calendar(invitation, CLAIRE).encode(), random.Random(6)
        for _ in range(300):
            data = bytearray(good)
            for _ in range(dice.randint(1, 30)):
                data[dice.randrange(len(data))] = dice.randrange(256)
            incoming.take(incoming.CalendarMail(bytes(data), CLAIRE), at=T11)
