"""What stands in the side bar, by what a person may do."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from people.models import User


@dataclass(frozen=True)
class Item:
    label: str
    url: str
    icon: str
    permission: str = ""
    current: bool = False
    live: str = ""


@dataclass(frozen=True)
class Section:
    label: str
    items: list[Item] = field(default_factory=list)


# label, URL name, icon, permission; the first section has no heading.
PLAN: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "",
        (
            ("Home", "desk:home", "home", ""),
            ("Queue", "desk:queue", "inbox", "desk.work_queue"),
            ("My requests", "desk:mine", "list", "desk.add_salesrequest"),
            ("Tasks", "tasks:mine", "checkbox", "tasks.view_task"),
            ("Hand-offs", "desk:handoffs", "arrows-right-left", "desk.view_handoff"),
            ("Mail", "mailroom:mails", "mail-opened", "mailroom.view_incoming"),
            ("Waiting", "comms:waiting", "message-question", "comms.view_message"),
            ("Documents", "documents:asks", "file-import", "documents.view_documentask"),
            ("Library", "library:materials", "books", "library.view_material"),
            (
                "Announcements",
                "announcements:announcements",
                "speakerphone",
                "announcements.view_announcement",
            ),
            ("Workload", "desk:workload", "users", "desk.work_queue"),
        ),
    ),
    (
        "Insight",
        (
            ("KPIs", "kpis:overview", "chart-line", "kpis.view_kpis"),
            ("Process", "process:logs", "git-branch", "process.view_eventlog"),
            ("Reports", "reports:reports", "report-analytics", "reports.view_edition"),
            ("Forecast", "forecast:expected", "hourglass-high", "forecast.view_breachforecast"),
            ("Facts as files", "kpi_export:exports", "download", "kpi_export.view_export"),
            ("Suggestions", "improve:suggestions", "wand", "improve.view_suggestion"),
        ),
    ),
    (
        "Sales",
        (
            ("Deal tracking", "tracking:tracking", "trending-up", "crm.view_deal"),
            ("Quotes", "orders:quotes", "file-invoice", "orders.view_quotefamily"),
            ("Orders", "orders:orders", "package", "orders.view_order"),
            ("Worklist", "orders:worklist", "list-check", "orders.change_order"),
            ("Approvals", "orders:approvals", "rubber-stamp", "orders.change_order"),
            ("Shipments", "orders:shipments", "truck-delivery", "orders.view_order"),
            ("Returns", "orders:returns", "arrow-back-up", "orders.view_order"),
            ("Invoices", "orders:invoices", "receipt", "orders.view_invoice"),
            ("Stock", "orders:stock", "stack-2", "orders.view_stockitem"),
            ("Meetings", "meetings:meetings", "calendar-event", "meetings.view_meeting"),
            ("Follow-ups", "followups:followups", "send", "followups.view_followup"),
        ),
    ),
    (
        "Records",
        (
            ("Accounts", "crm:accounts", "address-book", "crm.view_account"),
            ("Contacts", "crm:contacts", "users", "crm.view_contact"),
            ("Leads", "crm:leads", "user-plus", "crm.view_lead"),
            ("Deals", "crm:deals", "heart-handshake", "crm.view_deal"),
            ("Activities", "crm:activities", "phone", "crm.view_activity"),
            ("Quality", "crm:quality", "shield-check", "crm.view_recordscore"),
            ("Duplicates", "crm:duplicates", "copy", "crm.view_duplicatepair"),
            ("Stuck deals", "crm:stale", "hourglass-high", "crm.view_deal"),
            ("Rules", "crm:rules", "checks", "crm.change_validationrule"),
            ("Playbooks", "tasks:playbooks", "list-details", "tasks.change_playbook"),
            ("Imports", "imports:imports", "upload", "imports.run_imports"),
            ("Exports", "crm:exports", "download", "crm.view_account"),
            ("Deliveries", "comms:deliveries", "mail", "comms.view_delivery"),
            (
                "Mail settings",
                "comms:mail_settings",
                "mail-forward",
                "comms.change_messagetemplate",
            ),
            ("People", "people:colleagues", "users", "people.add_user"),
            ("Webhooks", "webhooks:endpoints", "send", "webhooks.change_endpoint"),
            ("Reminders", "notices:settings", "bell", "notices.change_reminderrule"),
            ("Desk settings", "desk:settings", "adjustments", "desk.change_requesttype"),
            ("Absences", "people:absences", "calendar-x", ""),
            ("Coverage", "people:coverage", "users-group", "people.view_absence"),
            ("Calendars", "people:calendars", "calendar-time", "people.change_workingcalendar"),
            ("Record settings", "crm:settings", "layout-kanban", "crm.change_pipeline"),
            ("Sales settings", "orders:settings", "settings", "orders.change_checksetting"),
        ),
    ),
)


# How many are new, fetched when the page stands: (address, who acts on them).
COUNTS: dict[str, tuple[str, str]] = {
    "improve:suggestions": ("improve:count", "improve.change_suggestion"),
}
ONE_REQUEST = re.compile(r"/requests/\d+/")


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: `me`, `nav`, `demo`, and `page_subject`."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"me": None, "nav": [], "demo": settings.DEMO, "demo_roles": demo_roles()}
    return {
        "me": user,
        "nav": sections(user, request.path),
        "demo": settings.DEMO,
        "page_subject": subject_of(request),
    }


def subject_of(request: HttpRequest) -> tuple[str, int] | None:
    """The kind and key of what a page is about: what was told of it counts as read there."""
    match = request.resolver_match
    if match is None or len(match.kwargs) not in {1, 2}:
        return None
    if match.view_name == "comms:thread":
        return match.kwargs["subject_type"], match.kwargs["pk"]
    types = {page: label for label, page in settings.SUBJECT_PAGES.items()}
    key = match.kwargs.get("pk")
    return (types[match.view_name], key) if key is not None and match.view_name in types else None


def sections(user: User, here: str) -> list[Section]:
    """The sections with at least one item that `user` may open."""
    if user.has_perm("desk.work_queue") and ONE_REQUEST.match(here):
        here = "/queue/"  # the desk comes to a request from there
    plan, place = [], _here(here)
    for label, items in PLAN:
        allowed = [
            Item(name, address(url), icon, perm, address(url) == place, _count(user, url))
            for name, url, icon, perm in items
            if not perm or user.has_perm(perm)
        ]
        if allowed:
            plan.append(Section(label, allowed))
    return plan


def _count(user: User, url: str) -> str:
    """Where the number beside an item comes from; empty for most."""
    page, permission = COUNTS.get(url, ("", ""))
    return reverse(page) if page and user.has_perm(permission) else ""


@cache
def address(name: str) -> str:
    """Where a page of the plan is: looked up once, every page of the portal asks for all of them."""
    return reverse(name)


def _here(path: str) -> str:
    """The most particular address of the plan that `path` lies under: a quote is no order."""
    addresses = (address(url) for _, items in PLAN for _, url, _, _ in items)
    fitting = (a for a in addresses if path == a or (a != "/" and path.startswith(a)))
    return max(fitting, key=len, default="")


def demo_roles() -> list[dict[str, str]]:
    """The people of the demo company that anybody may sign in as; empty outside the demo."""
    if not settings.DEMO:
        return []
    from coordinator.demo.people import SIGN_INS  # noqa: PLC0415 - only the demo needs it

    return [{"label": s.label, "email": s.email, "description": s.description} for s in SIGN_INS]
