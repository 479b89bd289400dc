"""Answers of calendars that come by mail (RFC 6047): settings.CALENDAR_REPLIES names `take`.

Whom we believe: the UID of a meeting is random and known only to who was invited. Besides, the mail comes
from the attendee's own address, or to the signed address that only she was given, or answers the mail
that was sent to her. Anything else a person looks at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from comms.addresses import read_reply_address
from comms.calendars import CalendarMail, Taken
from comms.models import Delivery, Thread
from meetings.invitations import News, reading
from meetings.invitations.reading import Person, Said
from meetings.models import Attendee, Meeting, Series, Status
from meetings.services import counters, delegating, replies
from meetings.services.replies import Answer
from meetings.services.telling import tell, tell_series

Reply = Attendee.Reply
PARTSTATS: Final = {
    "ACCEPTED": Reply.ACCEPTED, "DECLINED": Reply.DECLINED, "TENTATIVE": Reply.TENTATIVE,
    "DELEGATED": Reply.DELEGATED,
}  # fmt: skip
WORDS: Final = {
    Reply.ACCEPTED: "accepted", Reply.DECLINED: "declined", Reply.TENTATIVE: "is not sure",
    Reply.DELEGATED: "sends somebody else",
}  # fmt: skip
MOST_OF_SERIES: Final = 200
TYPED_BY: Final = "microsoft"  # its programs put what was typed, and nothing else, into the mail


@dataclass(frozen=True)
class Case:
    """An answer, the meetings that it is about (several for a whole series), and who gives it."""

    mail: CalendarMail
    said: Said
    meetings: Sequence[Meeting]
    person: Person
    rows: Sequence[Attendee]

    @property
    def lead(self) -> Meeting:
        return self.meetings[0]

    @property
    def row(self) -> Attendee:
        return self.rows[0]

    def taken(self, why: str, *, unsure: bool = False, words: str = "") -> Taken:
        return Taken(
            self.lead, contact=self.row.contact, user=self.row.user, name=self.row.name,
            words=words, why=why, unsure=unsure, account_id=self.lead.account_id,
        )  # fmt: skip


def take(mail: CalendarMail, *, at: datetime) -> Taken | None:
    """Apply what a calendar answered, in the caller's transaction; None when it is not about a
    meeting of ours."""
    try:
        said = reading.read(mail.data)
    except reading.Unreadable:
        return None
    verb = VERBS.get(said.method)
    meetings = _meetings(said, at) if verb else []
    if verb is None or not meetings:
        return None
    person, rows = _who(mail, said, meetings)
    if not rows:
        return Taken(
            meetings[0], account_id=meetings[0].account_id, unsure=True, name=mail.name,
            why=f"Somebody who was not invited, or not from there, answers “{meetings[0]}”: "
            f"{person.address or mail.sender}."[:300],
        )  # fmt: skip
    case = Case(mail, said, meetings, person, rows)
    if all(one.status == Status.CANCELLED for one in meetings) and said.method != "REFRESH":
        return case.taken(f"It answers “{case.lead}”, which is cancelled.", unsure=True)
    return verb(case, at)


def _meetings(said: Said, at: datetime) -> list[Meeting]:
    """What the UID (and RECURRENCE-ID) names: one meeting, or those of a series that lie ahead."""
    known = Meeting.objects.select_related("host", "room", "series", "scheduled_by")
    series = Series.objects.filter(uid=said.uid).first()
    if series is None:
        return list(known.filter(uid=said.uid, series=None))
    rows = list(known.filter(series=series).order_by("series_at")[:MOST_OF_SERIES])
    if said.recurrence is not None:
        there = said.recurrence.at(series.zone)
        return [one for one in rows if one.series_at == there]
    ahead = [one for one in rows if one.status == Status.BOOKED and (one.ends_at or at) >= at]
    return ahead or rows[-1:]


def _who(
    mail: CalendarMail, said: Said, meetings: Sequence[Meeting]
) -> tuple[Person, list[Attendee]]:
    """The attendee who answers, at each of the meetings; nobody if she cannot be believed."""
    rows = list(
        Attendee.objects.filter(meeting__in=[one.pk for one in meetings])
        .select_related("contact", "user").order_by("meeting__series_at", "pk")
    )  # fmt: skip
    for row in rows:
        row.meeting = next(one for one in meetings if one.pk == row.meeting_id)
    known = {row.email.lower() for row in rows if row.email}
    writer = next((one for one in (mail.sender, _plain(mail.sender)) if one in known), "")
    named = [one for one in said.people if one.address in known]
    proofs = {writer, _signed(mail, meetings, rows), _answered(mail, meetings)} & known
    person = next((one for one in named if one.address in proofs), None)
    address = person.address if person else next(iter(proofs), "") if not named else ""
    person = person or (said.people[0] if said.people else Person(mail.sender))
    return person, [row for row in rows if address and row.email.lower() == address]


def _plain(address: str) -> str:
    """claire+work@northgate.example -> claire@northgate.example"""
    local, mark, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{mark}{domain}"


def _signed(mail: CalendarMail, meetings: Sequence[Meeting], rows: Sequence[Attendee]) -> str:
    """The attendee to whom the signed address was given that this mail came to."""
    for address in mail.recipients:
        found = read_reply_address(address)
        if found is None:
            continue
        mine = Thread.objects.filter(
            pk=found[0], subject_type="meetings.meeting", subject_id__in=[m.pk for m in meetings]
        )
        if not mine.exists():
            continue
        for row in rows:
            if found[1] in {f"contact:{row.contact_id}", f"user:{row.user_id}"}:
                return row.email.lower()
    return ""


def _answered(mail: CalendarMail, meetings: Sequence[Meeting]) -> str:
    """Who got the mail of ours that this one answers."""
    if not mail.answers:
        return ""
    of = {one.pk for one in meetings}
    series = {one.series_id for one in meetings if one.series_id}
    if series:
        of |= set(Meeting.objects.filter(series__in=series).values_list("pk", flat=True))
    sent = Delivery.objects.filter(
        message_id__in=mail.answers[:50], about_type="meetings.meeting", about_id__in=of
    )
    row = sent.order_by("-pk").first()
    return row.recipient.lower() if row else ""


def _words(case: Case) -> str:
    """What she typed: the COMMENT, or the text of programs that write no text of their own."""
    if case.said.comment:
        return case.said.comment[:2000]
    if TYPED_BY in case.said.program.lower():
        return case.mail.words.strip()[:2000]
    return ""


def _reply(case: Case, at: datetime) -> Taken:
    reply = PARTSTATS.get(case.person.partstat)
    if reply is None:
        return case.taken("A calendar answered without saying yes or no.", words=_words(case))
    if reply == Reply.DELEGATED:
        problem = delegating.delegate(
            case.rows, to=case.person.delegated_to, at=at, name=_name(case)
        )
        if problem:
            return case.taken(problem, unsure=True, words=_words(case))
    words = _words(case)
    results = [
        replies.take_answer(row, _answer(case, row.meeting, reply, words, at), at=at)
        for row in case.rows
    ]
    said = f"{case.row.name} {WORDS[reply]}."
    if replies.TAKEN not in results:
        said += (
            " That was the old time." if replies.STALE in results else " A later answer is known."
        )
    return case.taken(said, words=words)


def _answer(case: Case, meeting: Meeting, reply: str, words: str, at: datetime) -> Answer:
    """Without a SEQUENCE it answers the present time only if it names that."""
    sequence, starts = case.said.sequence, case.said.starts
    if sequence is None:
        same = starts is not None and starts.at(meeting.zone) == meeting.starts_at
        sequence = meeting.sequence if same else 0
    return Answer(reply, min(sequence, meeting.sequence), case.said.stamp or at, words)


def _name(case: Case) -> str:
    """What the delegate is called, if the calendar says so."""
    to = case.person.delegated_to
    return next((one.name for one in case.said.people if one.address == to and one.name), "")


def _counter(case: Case, at: datetime) -> Taken:
    """Another time is proposed: the desk decides."""
    words, zone = _words(case), case.lead.zone
    starts, ends = (
        moment.at(zone) if moment else None for moment in (case.said.starts, case.said.ends)
    )
    if len(case.meetings) > 1 or starts is None:
        return case.taken("Another time is proposed that cannot be read.", unsure=True, words=words)
    reply = PARTSTATS.get(case.person.partstat)
    if reply in {Reply.DECLINED, Reply.TENTATIVE}:
        replies.take_answer(case.row, _answer(case, case.lead, reply, words, at), at=at)
    try:
        counters.propose(
            case.row, starts_at=starts, ends_at=ends, stamp=case.said.stamp or at, note=words, at=at
        )
    except counters.NoTime as refusal:
        return case.taken(str(refusal), unsure=True, words=words)
    return case.taken(f"{case.row.name} proposes another time.", words=words)


def _refresh(case: Case, at: datetime) -> Taken:
    """The invitation is wanted once more; once an hour is often enough."""
    again = f":again:{at:%Y%m%d%H}"
    series = case.lead.series
    cancelled = case.lead.status == Status.CANCELLED
    method = "CANCEL" if cancelled else "REQUEST"
    if series is not None and case.said.recurrence is None:
        news = News.INVITATION if not cancelled else News.CANCELLED
        tell_series(series, method, at=at, news=news, to=[case.row], again=again)
    elif case.lead.starts_at is not None:
        tell(case.lead, method, at=at, to=[case.row], again=again)
    return case.taken(f"{case.row.name} asked for the invitation once more.")


VERBS: Final[dict[str, Callable[[Case, datetime], Taken]]] = {
    "REPLY": _reply, "COUNTER": _counter, "REFRESH": _refresh,
}  # fmt: skip
