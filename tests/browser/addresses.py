"""Addresses of every page of the portal, with real keys of a year of data in them."""

import re
from collections import Counter

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone

from announcements.models import Announcement
from comms.models import Delivery, MessageTemplate, Sender
from coordinator.demo.people import SIGN_INS
from crm.models import (
    Account,
    Activity,
    BulkChange,
    Contact,
    Deal,
    DuplicatePair,
    Lead,
    MergedRecord,
    Pipeline,
    Stage,
    ValidationRule,
)
from crm.services import many
from crm.views.setup import TABLES as RECORD_TABLES
from desk.models import HandOff, RequestType, SalesRequest
from desk.services import handoff_links, intake, keeping
from desk.views.settings import TABLES as DESK_TABLES
from documents import services as documents
from documents.models import DocumentAsk
from followups.models import FollowUp, Rule
from forecast.models import Scenario
from imports.models import ImportRun
from improve.models import Suggestion
from kpis.definitions import KPIS
from kpis.export.models import Export
from kpis.models import Note, Target
from library.models import Material, Share
from meetings.models import BookingPage, Meeting, MeetingKind, PrepItem, Room, Series
from notices.models import Bundle
from notices.views.settings import TABLES as NOTICE_TABLES
from orders import services
from orders.models import Invoice, Order, OrderReturn, Product, QuoteFamily, QuoteRevision, Shipment
from orders.views.settings import TABLES
from people.models import Absence, User, WorkingCalendar
from process.models import EventLog, LogImport
from reports.models import Block, Edition, Report
from reports.models import Schedule as ReportSchedule
from tasks.models import Playbook, Task
from tests.browser.addresses_library import of_library
from tracking.models import Schedule, Summary
from webhooks.models import Call, Endpoint

# Whose key stands in an address, by the longest name that fits.
ROWS = {
    "desk:": SalesRequest, "desk:handoff": HandOff, "desk:accept": HandOff, "orders:": Order,
    "orders:quote": QuoteFamily, "orders:invoice": Invoice, "orders:order_return": OrderReturn,
    "orders:product": Product, "orders:delivery_note": Shipment, "crm:": Account, "crm:edit_contact": Contact,
    "crm:deal": Deal, "crm:edit_deal": Deal, "crm:lead": Lead, "crm:edit_lead": Lead, "crm:bulk_change": BulkChange, "crm:pipeline": Pipeline, "crm:new_stage": Pipeline, "crm:edit_stage": Stage,
    "crm:contact": Contact, "crm:activity": Activity, "crm:deals_of": SalesRequest, "tracking:": Schedule, "tracking:summary": Summary, "crm:duplicate": DuplicatePair, "crm:merge": MergedRecord, "crm:rule": ValidationRule, "crm:privacy": Contact,
    "meetings:": Meeting, "meetings:edit_material": PrepItem, "meetings:room": Room, "meetings:add_room_calendar": Room, "meetings:availability_": User, "meetings:add_calendar": User, "meetings:day": User, "meetings:series": Series, "meetings:kind": MeetingKind, "meetings:page": BookingPage, "meetings:edit_page": BookingPage, "documents:": DocumentAsk, "tasks:": Task, "tasks:playbook": Playbook, "webhooks:": Endpoint, "webhooks:call": Call, "comms:": Delivery, "comms:edit_sender": Sender, "desk:handoff_page": HandOff,
    "process:": EventLog, "process:log_import": LogImport, "imports:": ImportRun, "people:": User, "forecast:": Scenario, "kpi_export:": Export,
    "people:calendar": WorkingCalendar, "people:edit_absence": Absence, "desk:recalculation": WorkingCalendar,
    "announcements:": Announcement, "notices:": Bundle, "improve:": Suggestion,
    "reports:": Report, "reports:block": Block, "reports:schedule": ReportSchedule, "reports:edition": Edition,
    "followups:": FollowUp, "followups:account": Account, "followups:rule": Rule, "followups:edit_rule": Rule, "library:": Material, "library:share": Share, "library:template": MessageTemplate,
    "kpis:remove_target": Target, "kpis:remove_note": Note,
}  # fmt: skip
SLUGS = {"desk:new": ["order", "meeting", "question", "quote"], "desk:edit_type": ["order", "question"],
         "help": ["start", "keys", "imports", "orders", "desk", "search", "calendars", "webhooks", "tasks", "talk", "deliveries",
                  "documents", "notices", "announcements", "followups", "booking", "availability", "meetings", "preparing", "outcomes", "lists", "quality", "deals", "library", "kpis", "process", "event-logs", "reports", "forecast", "improve"],
         "booking:page": ["find-a-pump", "call-us", "meet-us"],
         "kpis:": list(KPIS)}  # fmt: skip
MANY = 150  # every sixtieth of so many: open ones and old ones
# Addresses of more than one key, and those of customers, are made from rows by `more`.
ELSEWHERE = (
    "/orders/offer/",
    "/orders/status/",
    "/orders/settings/<",
    "/records/settings/<",
    "/records/lists/",
    "/inbox/settings/<",
    "/orders/approvals/answer/",
    "/settings/<",
    "/ask/",
    "/handoffs/<int:pk>/answer/",
    "/queue/bulk/<",
    "/threads/for/<",
    "/threads/settings/<",
    "/library/templates/<slug",
    "/threads/deliveries/<int:pk>/frame/",  # for frames: no whole pages
    "/threads/senders/preview/",
    "/records/quality/<",
    "/records/history/<",
    "/records/duplicates/looks-like/",  # a part of the form
    "/process/logs/<int:pk>/",  # not for the logs that the portal keeps itself
    "/reports/<int:pk>/blocks/add/",  # needs a part
    "/reports/view/",  # needs a part
    "/reports/blocks/<int:pk>/preview/",  # a part of the builder
)
OUTSIDE = ("/api/", "/sign-in/", "/static/", "/healthz", "/readyz", "/demo/")


def patterns(found=None, route="", namespace=""):
    for entry in found if found is not None else get_resolver().url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from patterns(entry.url_patterns, here, inner)
        elif isinstance(entry, URLPattern):
            yield "/" + here, f"{namespace}{entry.name}"


def fitting(names, name):
    """The value of the longest key that `name` begins with."""
    best = max((key for key in names if name.startswith(key)), key=len, default=None)
    return None if best is None else names[best]


def addresses():
    """Every address with real keys in it: the newest row of each kind, two for the main ones."""
    for route, name in patterns():
        if route.startswith((*OUTSIDE, *ELSEWHERE)) or route.count("<int:") > 1:
            continue
        if "<int:" in route:
            model = fitting(ROWS, name)
            rows = (
                [] if model is None else model.objects.order_by("-pk").values_list("pk", flat=True)
            )
            for key in rows[:MANY:60] if model in {SalesRequest, Order} else rows[:1]:
                address = re.sub(r"<int:\w+>", str(key), route)
                if "<" not in address:
                    yield address
        elif "<" in route:
            for slug in fitting(SLUGS, name) or ():
                yield re.sub(r"<\w+:?\w*>", slug, route)
        else:
            yield route


def more():
    """Pages of sales settings, comparisons, drafts, and what customers open."""
    for home, tables in (
        ("/orders", TABLES),
        ("", DESK_TABLES),
        ("/inbox", NOTICE_TABLES),
        ("/records", RECORD_TABLES),
    ):
        for slug, table in tables.items():
            yield f"{home}/settings/{slug}/"
            yield f"{home}/settings/{slug}/new/"
            first = table.model.objects.first()
            if first is not None:
                yield f"{home}/settings/{slug}/{first.pk}/"
    yield from desk()
    yield from records()
    yield from of_documents()
    yield from of_library()
    yield from talk()
    yield from followups()
    yield from quality()
    yield from event_logs()
    yield from process()
    yield from of_reports()
    keys = "&".join(
        f"s={key}" for key in Scenario.objects.order_by("pk").values_list("pk", flat=True)
    )
    yield f"/forecast/what-if/compare/?{keys}"
    yield from suggestions()
    revised = QuoteFamily.objects.filter(revisions__number=2).first()
    yield f"/orders/quotes/{revised.pk}/1/2/"
    for status in ("draft", "waiting", "sent", "accepted", "expired", "superseded"):
        row = QuoteRevision.objects.filter(status=status).order_by("-pk").first()
        yield f"/orders/quotes/{row.family_id}/?rev={row.number}"
        if row.sent_at:
            yield f"/orders/offer/{row.pk}/{row.link_key}/"
    parts = Shipment.objects.filter(order__status="handed_off").first().order
    yield f"/orders/{parts.pk}/"
    services.share(parts, by=parts.coordinator, at=parts.placed_at)
    yield f"/orders/status/{parts.pk}/{parts.link_key}/"


def of_reports():
    """The shipped reports, a block of each part that can be added, one's own week."""
    for row in Report.objects.exclude(shipped="").order_by("pk"):
        yield f"/reports/{row.pk}/"
    for part in (
        "kpis.headlines",
        "kpis.changes",
        "kpis.worst",
        "tracking.section",
        "reports.text",
    ):
        yield f"/reports/{row.pk}/blocks/add/?part={part}"
    yield "/reports/view/?part=kpis.trend&kpi=turnaround&from=2026-10-01&to=2026-11-22"


def suggestions():
    """The tabs, one in each state, and pages that an address fills in."""
    for tab in ("accepted", "watched", "dismissed", "gone"):
        yield f"/improve/?tab={tab}"
    for row in Suggestion.objects.order_by("pk"):
        yield f"/improve/{row.pk}/"
    yield "/settings/types/order/?require=po_number"
    yield "/settings/answers/new/?title=We+have+it"


def quality():
    """Scores of each kind, a gap's form, the history of a record, what a deal lacks."""
    account = (
        Account.objects.active().filter(industry="").first() or Account.objects.active().first()
    )
    for query in ("?kind=contact&by=team", "?kind=deal", "?gap=tax_number&by=territory"):
        yield f"/records/quality/{query}"
    yield f"/records/quality/account/{account.pk}/"
    yield f"/records/quality/account/{account.pk}/fix/industry/"
    yield f"/records/history/account/{account.pk}/"
    yield "/records/duplicates/?kind=contact"
    yield "/records/rules/new/?kind=deal"


def event_logs():
    """A log of another system, and the file that was only checked."""
    log = EventLog.objects.filter(source="imported").order_by("pk").first()
    for part in ("edit", "remove"):
        yield f"/process/logs/{log.pk}/{part}/"
    yield f"/process/logs/new/?log={log.pk}"
    for run in LogImport.objects.order_by("pk"):
        yield f"/process/logs/imports/{run.pk}/"


def process():
    """A map with something chosen, each source, a case, the paths that are expected."""
    for log in EventLog.objects.order_by("pk"):
        step = log.activities.order_by("pk").first()
        yield f"/process/{log.pk}/?clock=calendar&least=1&show={step.pk}"
        yield f"/process/{log.pk}/hand-overs/?between=parties"
        yield f"/process/{log.pk}/cases/?rework=1&sort=longest"
        yield f"/process/{log.pk}/cases/{log.case_rows.order_by('-steps').first().pk}/"
        for path in log.model_paths.all():
            yield f"/process/{log.pk}/paths/{path.pk}/"


def followups():
    """The tabs, the month, one of each sort, a paused portal's banner."""
    for query in ("?status=draft", "?status=sent", "?status=stopped", "calendar/?as=month",
                  f"?account={FollowUp.objects.exclude(account_id=None).first().account_id}"):  # fmt: skip
        yield f"/follow-ups/{query}"
    for status in FollowUp.Status.values:
        row = FollowUp.objects.filter(status=status).order_by("-pk").first()
        if row is not None:
            yield f"/follow-ups/{row.pk}/"


def records():
    """Lists and boards in their shapes, a cell, a change of many."""
    account = Account.objects.order_by("pk").first()
    for query in ("accounts/?tier=key&sort=changed", "contacts/?consent=unknown", "leads/?layout=board", "leads/?status=any",
                  "deals/?layout=board", "deals/?stale=yes&sort=amount&col=account&col=amount&col=in_stage",
                  "deals/?status=won&closed=quarter", "accounts/?q=nothing-has-this", "activities/?kind=call&sort=old&col=about&col=way", f"activities/new/?account={account.pk}"):  # fmt: skip
        yield f"/{query}"
    yield f"/records/lists/account/{account.pk}/city/"
    admin = User.objects.get(email=next(s.email for s in SIGN_INS if s.role == "admin"))
    run = many.apply("account", [account.pk], "city", "Delft", by=admin, at=timezone.now())
    yield f"/records/bulk/{run.pk}/"


def desk():
    """The queue in its shapes, a run over many, and what departments and customers open."""
    for query in ("as=board", "as=board&lanes=owner&rows=priority", "status=done",
                  "sort=changed&group=type&col=type&col=tags&col=turn&col=updated"):  # fmt: skip
        yield f"/queue/?{query}"
    admin = User.objects.get(email=next(s.email for s in SIGN_INS if s.role == "admin"))
    now = timezone.now()
    run = keeping.ask_many(
        "tag", [SalesRequest.objects.first().pk], args={"add": ["x"]}, by=admin, at=now
    )
    yield f"/queue/bulk/{run.pk}/"
    _, key = intake.make_link(RequestType.objects.get(slug="order"), Account.objects.first(),
                              contact=None, by=admin, at=now)  # fmt: skip
    yield f"/ask/{key}/"
    yield f"/ask/{key}/thanks/1/"
    for row in HandOff.objects.filter(status="asked", department__email__gt="")[:1]:
        handoff_links.send(row, at=now)
        mails = Delivery.objects.filter(key__startswith="handoff:").order_by("-pk")
        found = re.search(r"/handoffs/[^)]+", mails.first().body)
        yield found[0]


def of_documents():
    """Asks for documents in every state, and what their customers open."""
    for view in ("waiting", "overdue", "done"):
        yield f"/documents/?view={view}"
    for status in ("open", "received", "returned", "accepted", "withdrawn"):
        row = DocumentAsk.objects.filter(status=status).order_by("pk").first()
        yield f"/documents/{row.pk}/"
        yield f"/documents/for/{row.subject_type}/{row.subject_id}/"
        yield f"/documents/for/{row.subject_type}/{row.subject_id}/ask/"
        if row.is_live:
            yield re.sub(r"^https?://[^/]+", "", documents.fresh_link(row, at=timezone.now()))
    yield "/documents/send/unknown/"


def talk():
    """A conversation by itself, and the settings of mail."""
    yield f"/threads/for/orders.order/{Order.objects.order_by('-pk').first().pk}/"
    sender = Sender.objects.create(team=None, name="Desk", address="desk@example.com")
    yield f"/threads/senders/{sender.pk}/"
    template = MessageTemplate.objects.create(title="On its way", body="Dear {{contact}}")
    yield "/threads/settings/templates/"
    yield f"/threads/settings/templates/{template.pk}/"
    yield "/threads/settings/limits/new/"


def share(part, *, each):
    """Every second address, from `part` on: two workers walk at once. At most `each` of a route."""
    return of_each_route({*addresses(), *more()}, each)[part::2]


def of_each_route(paths, each):
    """These addresses in order, at most `each` of a route."""
    seen = Counter()
    kept = []
    for path in sorted(paths):
        route = resolve(path.partition("?")[0]).route
        seen[route] += 1
        if seen[route] <= each:
            kept.append(path)
    return kept
