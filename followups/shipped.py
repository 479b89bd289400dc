"""The rules that come with the portal. Administrators change or switch them off in the browser.

Those that speak to customers of more than facts begin as drafts: a person reads them first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from followups.services.ruling import Wording

HELLO: Final = "Hello {{ reader.first_name }},\n\n"
BYE: Final = "\n\nKind regards  \n{{ sender.name }}"  # two spaces: a line of its own in HTML


def step(
    subject: str, body: str, *, amount: int = 0, unit: str = "days", clock: str = "reader", anchor: str = "",
    channel: str = "mail", draft: bool = False,
) -> dict[str, Any]:  # fmt: skip
    return {"subject": subject, "body": body, "amount": amount, "unit": unit, "clock": clock, "anchor": anchor,
            "channel": channel, "needs_approval": draft}  # fmt: skip


@dataclass(frozen=True)
class Shipped:
    code: str
    name: str
    about: str
    kind: str
    actions: Sequence[str]
    reader: str
    steps: Sequence[dict[str, Any]]
    conditions: Sequence[dict[str, str]] = field(default_factory=list)
    stops: Sequence[str] = ()
    most: int | None = None
    restarts: bool = True
    may_leave: bool = False
    on: bool = True

    def wording(self) -> "Wording":
        from followups.services.ruling import Wording  # noqa: PLC0415 - it knows these rules

        names = ("name", "about", "kind", "actions", "reader", "steps", "conditions", "stops", "most",
                 "restarts", "may_leave")  # fmt: skip
        return Wording(**{name: getattr(self, name) for name in names})


QUOTE_LINK: Final = (
    "{% if link != '' %}\n\n[Read the quote, ask, or accept it]({{ link }}){% endif %}"
)
ORDER_LINK: Final = "{% if link != '' %}\n\n[Where your order is]({{ link }}){% endif %}"
PO: Final = "{% if order.po_number != '' %} (your PO {{ order.po_number }}){% endif %}"
DOCUMENT: Final = (
    HELLO
    + "for {{ document.about }} we still need **{{ document.title }}** from you, by **{{ document.due }}**.\n\n"
    "[Send it here]({{ link }})\n\nThe page needs no account. Something unclear? Just answer this mail."
    + BYE
)
SAID: Final = ("meetings.meeting.outcome", "meetings.meeting.outcome_changed")
TOLD: Final = (*SAID, "meetings.meeting.reported")  # what was agreed may be written later
BOOKED: Final = ("meetings.meeting.booked", "meetings.meeting.rescheduled")

SHIPPED: Final[tuple[Shipped, ...]] = (
    Shipped(
        "quote_sent", "Quote sent: any questions?", "Asks two, five and ten working days after a quote was sent.",
        "orders.quotefamily", ["orders.quote.sent"], "customer",
        [
            step("Your quote {{ quote.number }}: did everything arrive?",
                 HELLO + "did our quote **{{ quote.number }}** ({{ quote.title }}) reach you well? I am glad to explain "
                 "any line of it." + QUOTE_LINK + BYE, amount=2, draft=True),
            step("Quote {{ quote.number }}: can I help you decide?",
                 HELLO + "is there anything in our quote **{{ quote.number }}** over {{ quote.total }} that we should "
                 "change? It is valid until {{ quote.valid_until }}." + QUOTE_LINK + BYE, amount=5, draft=True),
            step("Quote {{ quote.number }}: shall we keep it open?",
                 HELLO + "we have not heard from you about quote **{{ quote.number }}**. Is it still of interest? A short "
                 "yes or no is enough." + QUOTE_LINK + BYE, amount=10, draft=True),
        ],
        stops=["reply", "order", "booking", "decline"], may_leave=True,
    ),
    Shipped(
        "quote_expiring", "Quote about to expire", "Three working days before the last day of a quote.",
        "orders.quotefamily", ["orders.quote.sent"], "customer",
        [step("Quote {{ quote.number }} is valid until {{ quote.valid_until }}",
              HELLO + "our quote **{{ quote.number }}** ({{ quote.title }}) is valid until **{{ quote.valid_until }}**. If you "
              "need more time, tell me and I look what we can do." + QUOTE_LINK + BYE,
              amount=-3, anchor="valid_until", draft=True)],
        stops=["reply", "order", "decline"], may_leave=True,
    ),
    Shipped(
        "order_handed_off", "Order handed off: what happens next",
        "Half a working day after the hand-over, unless logistics have named a day by then.",
        "orders.order", ["orders.order.handed_off"], "customer",
        [step("{{ order.number }}: what happens next",
              HELLO + "your order **{{ order.number }}**" + PO + " is confirmed and with our logistics now.\n\n"
              "You hear from us again when it leaves the house." + ORDER_LINK + BYE,
              amount=4, unit="hours", clock="sender")],
        conditions=[{"field": "promised_on", "op": "empty", "value": ""}],
    ),
    Shipped(
        "order_promised", "Order promised: when it leaves", "As soon as logistics name the day, once an order.",
        "orders.order", ["orders.order.promised"], "customer",
        [step("{{ order.number }}: it leaves on {{ order.promised_on }}",
              HELLO + "your order **{{ order.number }}**" + PO + " is with our logistics. They promise to ship it on "
              "**{{ order.promised_on }}**.\n\nYou hear from us again when it leaves the house." + ORDER_LINK + BYE,
              clock="always")],
        conditions=[{"field": "promised_on", "op": "filled", "value": ""}], most=1,
    ),
    Shipped(
        "order_shipped", "Order shipped: tell the rep", "The customer is mailed by the shipment itself.",
        "orders.order", ["orders.order.shipped", "orders.order.partly_shipped"], "rep",
        [step("{{ order.number }} for {{ order.account }} is on its way",
              "**{{ order.number }}** over {{ order.total }} has left the house.", clock="always", channel="notice")],
        restarts=False,
    ),
    Shipped(
        "order_delivered", "Order delivered: all well?", "Two working days after the last parcel arrived.",
        "orders.order", ["orders.order.delivered"], "customer",
        [step("{{ order.number }}: did all arrive well?",
              HELLO + "your order **{{ order.number }}**" + PO + " should be with you. Is everything complete and as you "
              "wanted it? If not, answer this mail and we put it right." + BYE, amount=2, draft=True)],
        stops=["reply", "complaint"], may_leave=True,
    ),
    Shipped(
        "document_reminder", "Document asked for: remind", "Two working days before the deadline, on its day, and two after.",
        "documents.documentask", ["documents.ask.made", "documents.ask.returned"], "customer",
        [
            step("Please remember: {{ document.title }} by {{ document.due }}", DOCUMENT, amount=-2, anchor="due_at"),
            step("Today: {{ document.title }}", DOCUMENT, amount=-4, unit="hours", anchor="due_at"),
            step("We still miss {{ document.title }}", DOCUMENT, amount=2, anchor="due_at"),
        ],
        stops=["reply"],
    ),
    Shipped(
        "meeting_confirm", "Meeting: please confirm", "A working day after the invitation, to who has not answered it.",
        "meetings.meeting", BOOKED, "silent",
        [step("Can you make it? {{ meeting.title }}",
              HELLO + "can you come to **{{ meeting.title }}** on {{ meeting.when }}? Please accept or decline the "
              "invitation, or answer this mail." + BYE, amount=1)],
        stops=["reply"],
    ),
    Shipped(
        "meeting_tomorrow", "Meeting tomorrow", "A day before it begins, to everybody who comes.",
        "meetings.meeting", BOOKED, "everybody",
        [step("Tomorrow: {{ meeting.title }}",
              HELLO + "a reminder: **{{ meeting.title }}**, {{ meeting.minutes }} minutes, on {{ meeting.when }}."
              "{% if meeting.place != '' %}\n\nWhere: {{ meeting.place }}{% endif %}", amount=-24, unit="hours", clock="always",
              anchor="starts_at")],
    ),
    Shipped(
        "meeting_hour", "Meeting in an hour", "An hour before it begins, to everybody who comes.",
        "meetings.meeting", BOOKED, "everybody",
        [step("In an hour: {{ meeting.title }}",
              HELLO + "**{{ meeting.title }}** begins in an hour, on {{ meeting.when }}."
              "{% if meeting.place != '' %}\n\nWhere: {{ meeting.place }}{% endif %}", amount=-1, unit="hours", clock="always",
              anchor="starts_at")],
    ),
    Shipped(
        "meeting_summary", "After the meeting: summary", "As a draft for the host, when the meeting was held.",
        "meetings.meeting", TOLD, "guests",
        [step("Our meeting: {{ meeting.title }}",
              HELLO + "thank you for your time at **{{ meeting.title }}**. What we agreed:\n\n"
              "{% for line in meeting.agreed %}- {{ line }}\n{% endfor %}{% for line in meeting.steps %}- {{ line }}\n{% endfor %}"
              "{% if meeting.agreed.size == 0 and meeting.steps.size == 0 %}- …\n{% endif %}\nDid I forget anything?" + BYE,
              clock="always", draft=True)],
        conditions=[{"field": "outcome", "op": "is", "value": "held"}],
    ),
    Shipped(
        "meeting_no_show", "Guest did not come: another time?", "An hour of working time later, as a draft.",
        "meetings.meeting", SAID, "guests",
        [step("We missed you: {{ meeting.title }}",
              HELLO + "we had hoped to see you at **{{ meeting.title }}**. Shall we find another time? Name two or three "
              "that suit you, and I send an invitation." + BYE, amount=1, unit="hours", draft=True)],
        conditions=[{"field": "outcome", "op": "is", "value": "guest_no_show"}], stops=["reply", "booking"],
    ),
    Shipped(
        "meeting_follow_up", "After the meeting: how does it go on?",
        "On the working day that the host named when saying how it went, as a draft.",
        "meetings.meeting", TOLD, "guests",
        [step("How does it go on? {{ meeting.title }}",
              HELLO + "some days ago we met for **{{ meeting.title }}**. How does it go on at your end, and is anything "
              "missing from ours?" + BYE, clock="always", draft=True, anchor="follow_up_at")],
        conditions=[{"field": "outcome", "op": "is", "value": "held"}], stops=["reply", "booking"],
    ),
    Shipped(
        "request_waits", "Request waits for you", "A working day after the desk asked back, and again two days later.",
        "desk.salesrequest", ["desk.request.custody"], "requester",
        [
            step("{{ request.ref }} waits for you: {{ request.subject }}",
                 HELLO + "the desk asked you something about **{{ request.subject }}** and cannot go on without your answer. "
                 "Until then its promise waits.\n\n[Answer {{ request.ref }}]({{ link }})", amount=1, channel="notice"),
            step("{{ request.ref }} still waits for you: {{ request.subject }}",
                 HELLO + "**{{ request.subject }}** has waited for your answer since {{ request.since }}.\n\n"
                 "[Answer {{ request.ref }}]({{ link }})", amount=3, channel="notice"),
        ],
        conditions=[{"field": "event.to", "op": "is", "value": "rep"}, {"field": "party", "op": "is", "value": "rep"}],
        stops=["reply"],
    ),
    Shipped(
        "handoff_unanswered", "Hand-off unanswered: tell who asked", "The department itself is reminded by the desk.",
        "desk.handoff", ["desk.handoff.asked"], "asked_by",
        [step("{{ handoff.department }} has not answered about {{ handoff.about }}",
              "You asked **{{ handoff.department }}** a working day ago:\n\n> {{ handoff.ask }}\n\nNobody has answered. A call may "
              "help more than another mail.\n\n[Open it]({{ link }})", amount=1, clock="sender", channel="notice")],
        conditions=[{"field": "status", "op": "is", "value": "asked"}],
    ),
    Shipped(
        "deal_no_step", "Deal without a next step", "Three working days after a deal was opened or moved and nobody "
        "said what comes next.",
        "crm.deal", ["crm.deal.opened", "crm.deal.moved", "crm.deal.reopened", "crm.deal.changed"], "owner",
        [step("{{ deal.name }}: what comes next?",
              "**{{ deal.name }}** of {{ deal.account }} stands in {{ deal.stage }} without a next step.",
              amount=3, channel="notice")],
        conditions=[{"field": "next_step", "op": "empty", "value": ""}],
    ),
    Shipped(
        "lead_no_step", "Lead without a next step", "Two working days after a lead came and nobody said what comes next.",
        "crm.lead", ["crm.lead.added", "crm.lead.working", "crm.lead.changed"], "owner",
        [step("{{ lead.name }}: what comes next?",
              "The lead **{{ lead.name }}** ({{ lead.company }}) waits without a next step.",
              amount=2, channel="notice")],
        conditions=[{"field": "next_step", "op": "empty", "value": ""}],
    ),
)  # fmt: skip
