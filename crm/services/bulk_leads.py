"""Leads and activities by the file; see bulk_upsert for how they are written."""

from datetime import datetime
from typing import Final

from django.db import transaction

from crm.services import bulk_match as match
from crm.services import bulk_upsert as upsert
from crm.services.bulk_upsert import Column, Target, words
from kit import bulk
from people.models import User

LEADS: Final = Target(
    "crm_lead", "crm.lead",
    columns=(
        Column("name"), Column("external_id"),
        *words("company", "title", "email", "phone", "city", "country", "industry", "source",
               "about", "next_step", "drop_reason"),
        Column("territory_id"), Column("owner_id"), Column("next_step_on"),
        Column("status", new="'new'"),
        Column("status_since", "s.came_at", new="%(at)s::timestamptz",
               change="CASE WHEN s.status <> a.status THEN %(at)s::timestamptz ELSE a.status_since END"),
        Column("created_at", "s.came_at", new="%(at)s::timestamptz"),
    ),
    fixed={"touched_at": "coalesce(s.came_at, %(at)s::timestamptz)", "updated_at": "%(at)s::timestamptz"},
)  # fmt: skip
LEAD_CHECKS: Final[bulk.Checks] = (
    bulk.twice("external_id", "This id stands already in"),
    bulk.twice("target", "This is the same lead as in", column="name"),
    match.same_as_many("name", "'leads have this mail address or name'"), match.CLASHES,
    match.two_colleagues("owner", "owner_id"), match.no_colleague("owner", "owner_id"),
    match.not_named("territory", "territory_id", "territory"),
    """
    SELECT false, s.row, 'drop_reason', 'Say why the lead is not for us.'
    FROM staged s LEFT JOIN crm_lead a ON a.id = s.target
    WHERE s.status = 'dropped' AND s.drop_reason IS NULL AND coalesce(a.drop_reason, '') = ''
    """,
    """
    SELECT false, s.row, 'status', 'This lead became a customer already.'
    FROM staged s JOIN crm_lead a ON a.id = s.target
    WHERE a.status = 'converted' AND s.status <> a.status
    """,
)  # fmt: skip


_NAME: Final = "lower({0}.name) || ', ' || lower(coalesce({0}.company, ''))"
_SECOND_LEAD: Final = "'A lead has the name and company of “' || s.name || '” already.'"


def find_staged_leads(*, rule: str = "mail", stand_in: str = "") -> None:  # noqa: ARG001 - kinds share it
    """Fill `staged.target` with the leads that the rows are about."""
    match.by_external_id("crm_lead")
    ours, theirs = _NAME.format("a"), _NAME.format("s")
    if rule == "name":
        match.by_key("crm_lead", ours, theirs)
    else:
        match.by_key("crm_lead", "lower(a.email)", "lower(s.email)", where="a.email <> ''")
        match.second("crm_lead", ours, theirs, _SECOND_LEAD, unless=match.TWO_MAILS.format("a"))
    match.twice_new("lower(email)", "email", "This address stands already in")
    match.twice_new(
        _NAME.format("staged"), "name", "This name and company stand already in",
        unless="false" if rule == "name" else match.TWO_MAILS.format("f"),
    )  # fmt: skip
    match.find_colleague("owner", "owner_id")
    match.find_named("crm_territory", "territory", "territory_id")


@transaction.atomic
def import_leads(
    *, by: User | None, at: datetime, data: str, conflicts: str = upsert.TAKE
) -> bulk.Written:
    """Add or change the leads of `staged`, found before; its checks found nothing."""
    return upsert.upsert(LEADS, bulk.actor(by, at, data), how=conflicts)


ACTIVITIES: Final = Target(
    "crm_activity", "crm.activity", name="text", custom=False, told=("*",), imported="logged", entry_at="made.at",
    made_data="jsonb_build_object('kind', kind, 'deal', deal_id, 'contact', contact_id, 'lead', lead_id)",
    columns=(
        Column("kind"), Column("external_id"), Column("account_id"), Column("contact_id"),
        Column("deal_id"), Column("lead_id"), Column("at"),
        Column("by_id", new="%(by)s"), Column("is_incoming", new="false"),
        *words("outcome", "text"), Column("minutes"),
    ),
    fixed={"is_private": "false"},
)  # fmt: skip
ACTIVITY_CHECKS: Final[bulk.Checks] = (
    bulk.twice("external_id", "This id stands already in"),
    bulk.twice("target", "This is the same activity as in", column="at"),
    bulk.twice("concat_ws(' ', kind, at, account_id, lead_id, text)", "This is the same activity as in",
               where="external_id IS NULL", column="at"),
    """
    SELECT false, row, 'account', coalesce('No account, or more than one, has the id or name “'
        || account || '”.', 'Neither an account nor a lead is given.')
    FROM staged WHERE account_id IS NULL AND (lead_id IS NULL OR account IS NOT NULL)
    """,
    match.CONTACT_IS_KNOWN,
    match.not_named("deal", "deal_id", "deal of this account with the id or name"),
    match.not_named("lead", "lead_id", "lead with the id or mail address"),
    match.two_colleagues("by", "by_id"), match.no_colleague("by", "by_id"),
    """
    SELECT false, row, 'at', 'That is still to come. Make a task or a meeting of it.'
    FROM staged WHERE at > now() + interval '1 day'
    """,
)  # fmt: skip
_FIND_DEALS: Final = """
WITH found AS (
    SELECT s.row, CASE WHEN count(*) = 1 THEN min(d.id) END AS id
    FROM staged s JOIN crm_deal d ON d.account_id = s.account_id
        AND (d.external_id = s.deal OR lower(d.name) = lower(s.deal))
    WHERE s.deal IS NOT NULL GROUP BY s.row
)
UPDATE staged s SET deal_id = f.id FROM found f WHERE f.row = s.row
"""
_FIND_LEADS: Final = """
WITH found AS (
    SELECT s.row, CASE WHEN count(*) = 1 THEN min(l.id) END AS id
    FROM staged s JOIN crm_lead l ON l.external_id = s.lead OR lower(l.email) = lower(s.lead)
    WHERE s.lead IS NOT NULL GROUP BY s.row
)
UPDATE staged s SET lead_id = f.id FROM found f WHERE f.row = s.row
"""
_SAME: Final = """
UPDATE staged s SET target = a.id FROM crm_activity a
WHERE s.target IS NULL AND s.external_id IS NULL AND a.kind = s.kind AND a.at = s.at
  AND a.account_id IS NOT DISTINCT FROM s.account_id AND a.lead_id IS NOT DISTINCT FROM s.lead_id
  AND a.text = coalesce(s.text, '') AND NOT a.is_private
"""


def find_staged_activities(*, rule: str = "", stand_in: str = "") -> None:  # noqa: ARG001 - kinds share it
    """Fill the records that the rows name; an activity without an id is the same if kind, time,
    account and text are."""
    match.find_accounts()
    match.find_contacts_of_accounts()
    bulk.run(_FIND_DEALS)
    bulk.run(_FIND_LEADS)
    match.find_colleague("by", "by_id")
    match.by_external_id("crm_activity")
    bulk.run(_SAME)


@transaction.atomic
def import_activities(
    *, by: User | None, at: datetime, data: str, conflicts: str = upsert.TAKE
) -> bulk.Written:
    """Write down the activities of `staged`, found before; deals and leads are touched by them."""
    written = upsert.upsert(ACTIVITIES, bulk.actor(by, at, data), how=conflicts)
    for table, column in (("crm_deal", "deal_id"), ("crm_lead", "lead_id")):
        bulk.run(
            f"""
            UPDATE {table} t SET touched_at = greatest(t.touched_at, n.at)
            FROM (SELECT {column} AS id, max(at) AS at FROM staged WHERE {column} IS NOT NULL GROUP BY 1) n
            WHERE t.id = n.id AND t.touched_at < n.at
            """
        )
    return written
