"""What each role may do; `manage.py sync_roles`, run after migrate, sets it."""

from collections.abc import Mapping
from typing import Final

from django.contrib.auth.models import Group, Permission
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from people.models import Role

_OWN = (
    "notices.view_notice", "notices.change_preference", "announcements.view_announcement",
    "reports.view_edition",
)  # fmt: skip
_READ_RECORDS = ("crm.view_account", "crm.view_contact", "orders.view_product", *_OWN)
_SELLS = (
    "crm.view_deal", "crm.add_deal", "crm.change_deal", "crm.view_lead", "crm.add_lead",
    "crm.change_lead", "crm.view_activity", "crm.add_activity",
    "crm.view_recordscore",
)  # fmt: skip
_TASKS = ("tasks.view_task", "tasks.add_task", "tasks.change_task")
_PLAYBOOKS = ("tasks.view_playbook", "tasks.add_playbookrun")
_DOCUMENTS = (
    "documents.view_documentask", "documents.add_documentask", "documents.change_documentask",
)  # fmt: skip
_READS_LIBRARY = ("library.view_material",)
_SHARES = (*_READS_LIBRARY, "library.view_share", "library.add_share", "library.change_share")
_LIBRARY = (*_SHARES, "library.add_material", "library.change_material")
# When the own time can be booked, and where; the desk says it for others too.
_AVAILABLE = ("meetings.view_bookingrules", "meetings.view_room")
_BOOKS_OTHERS = ("meetings.change_bookingrules", "meetings.add_room", "meetings.change_room")
_DESK = (
    *_READ_RECORDS, *_SELLS, *_TASKS, *_PLAYBOOKS, *_DOCUMENTS, *_LIBRARY, *_AVAILABLE,
    *_BOOKS_OTHERS,
    "crm.view_duplicatepair", "crm.change_duplicatepair", "crm.merge_records",
    "crm.see_every_territory", "crm.add_account", "crm.change_account", "crm.add_contact", "crm.change_contact",
    "desk.add_salesrequest", "desk.view_salesrequest", "desk.change_salesrequest",
    "desk.work_queue", "desk.claim_salesrequest", "desk.decide_recordchange",
    "desk.add_handoff", "desk.view_handoff", "desk.change_handoff",
    "orders.view_order", "orders.add_order", "orders.change_order", "orders.override_check",
    "orders.view_stockitem", "orders.add_product", "orders.view_quotefamily",
    "orders.add_quotefamily",
    "orders.change_quotefamily", "orders.change_stockitem", "orders.add_shipment",
    "orders.view_invoice", "orders.add_invoice",
    "meetings.view_meeting", "meetings.add_meeting", "meetings.change_meeting",
    "meetings.view_bookingpage", "meetings.change_bookingpage", "meetings.change_meetingkind",
    "comms.add_message", "comms.view_message", "comms.view_delivery", "comms.change_suppression",
    "comms.change_messagetemplate",
    "mailroom.view_incoming", "mailroom.sort_mail",
    "followups.view_followup", "followups.change_followup",
    "imports.run_imports", "journal.view_entry",
    "kpis.view_kpis", "kpis.add_note", "process.view_eventlog", "reports.view_report",
    "improve.view_suggestion", "forecast.view_breachforecast",
    "people.view_absence",
    "announcements.add_announcement", "announcements.change_announcement",
)  # fmt: skip

_LEADS = (
    "people.view_user",
    "people.change_team",
    "people.change_workingcalendar",
    "people.change_absence",
    "forecast.view_scenario",
    "forecast.add_scenario",
    "forecast.change_scenario",
    "kpi_export.view_export",
    "kpi_export.add_export",
)
_DECIDES = ("orders.decide_approval", "orders.view_margin")
_RUNS_THE_DESK = (
    "desk.change_requesttype", "webhooks.change_endpoint", "mailroom.change_mailbox",
    "notices.change_reminderrule", "followups.change_rule", "improve.change_suggestion",
    "kpis.change_target", "tracking.change_schedule", "reports.add_report", "reports.change_report",
    "crm.change_pipeline", "crm.change_territory", "crm.change_customfield",
    "crm.change_validationrule", "crm.erase_person",
    "comms.change_sender", "comms.change_provider",
    "process.add_eventlog", "process.change_eventlog", "process.delete_eventlog",
)  # fmt: skip
_SETS_UP = (
    "orders.change_checksetting", "orders.change_approvalrule", "orders.change_pricelist",
    "orders.change_discount", "orders.change_taxrate", "orders.change_exchangerate",
    "orders.change_product",
)  # fmt: skip

PERMISSIONS: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.REP: (
        *_READ_RECORDS, *_SELLS, *_TASKS, *_PLAYBOOKS, *_SHARES, *_AVAILABLE,
        "desk.add_salesrequest", "desk.view_salesrequest",
        "orders.view_order", "orders.view_stockitem", "orders.view_quotefamily",
        "meetings.view_meeting", "meetings.view_bookingpage",
        "comms.add_message", "comms.view_message",
        "documents.view_documentask",
    ),
    Role.COORDINATOR: _DESK,
    Role.MANAGER: (*_DESK, *_DECIDES, *_RUNS_THE_DESK, *_LEADS, "tasks.change_playbook", "orders.change_invoice"),
    Role.DEPARTMENT: (
        *_READ_RECORDS, *_TASKS, *_READS_LIBRARY, "crm.see_every_territory",
        "desk.view_salesrequest", "desk.view_handoff", "desk.answer_handoff",
        "orders.view_order", "orders.view_stockitem", "orders.add_shipment",
        "orders.view_invoice", "orders.change_invoice",
        "comms.add_message", "comms.view_message", "documents.view_documentask",
    ),
    Role.ADMIN: (*_DESK, *_DECIDES, *_RUNS_THE_DESK, *_SETS_UP, "orders.change_invoice",
                 "desk.answer_handoff", *_LEADS, "tasks.change_playbook", "people.add_user", "people.change_user"),
}  # fmt: skip


class UnknownPermission(Exception):
    """roles.py names a permission that no model has."""


def sync() -> None:
    """Give every role its group with exactly the permissions above; what is right is not written.

    :raises UnknownPermission: if a name is misspelt; nothing is changed for that role.
    """
    rows = Permission.objects.values_list("content_type__app_label", "codename", "pk")
    known = {f"{app}.{codename}": pk for app, codename, pk in rows}
    groups = Group.objects.annotate(held=ArrayAgg("permissions", filter=Q(permissions__gt=0)))
    held = {group.name: set(group.held or ()) for group in groups}
    for role, names in PERMISSIONS.items():
        missing = [name for name in names if name not in known]
        if missing:
            raise UnknownPermission(f"No such permission: {', '.join(missing)}.")
        wanted = {known[name] for name in names}
        if held.get(role.value) != wanted:
            group, _ = Group.objects.get_or_create(name=role.value)
            group.permissions.set(wanted)
