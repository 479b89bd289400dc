"""Deals by the file: found, moved to the stage that the file says, with their history and product.

A deal that is won or lost needs the days it was opened and closed. What stood between is only known
where the map says from which stage deals were closed. See bulk_upsert for how rows are written.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from crm.services import bulk_match as match
from crm.services import bulk_upsert as upsert
from crm.services.bulk_upsert import Column, Target, words
from kit import bulk
from people.models import User

_CLOSED: Final = "CASE WHEN s.status <> 'open' THEN s.closed_at END"
_MOVES: Final = "s.stage_id IS NOT NULL AND s.stage_id <> a.stage_id"
DEALS: Final = Target(
    "crm_deal", "crm.deal",
    columns=(
        Column("name", new="left(coalesce(s.product_name, s.product, 'Deal') || ' for ' || (SELECT c.name"
                           " FROM crm_account c WHERE c.id = s.account_id), 200)"),
        Column("account_id"), Column("contact_id"), Column("owner_id"),
        Column("agent", "CASE WHEN s.owner_id IS NULL THEN left(s.owner, 100) END", new="''"),
        Column("pipeline_id", "CASE WHEN s.stage_id IS NOT NULL THEN s.pipeline_id END"),
        Column("stage_id"), Column("status"),
        Column("stage_since", f"coalesce({_CLOSED}, s.opened_at)", new="%(at)s::timestamptz",
               change=f"CASE WHEN {_MOVES} THEN greatest(a.stage_since,"
                      f" coalesce({_CLOSED}, %(at)s::timestamptz)) ELSE a.stage_since END"),
        Column("amount"), Column("currency", new="'EUR'"),
        Column("close_on", "coalesce(s.close_on, CASE WHEN s.status = 'open'"
                           " THEN (s.closed_at AT TIME ZONE 'UTC')::date END)"),
        *words("next_step", "source", "lost_note"), Column("next_step_on"),
        Column("competitors", new="'{}'"),
        Column("lost_reason_id",
               change="CASE WHEN s.status = 'lost' THEN coalesce(s.lost_reason_id, a.lost_reason_id) END"),
        Column("external_id"), Column("opened_at", new="%(at)s::timestamptz"),
        Column("closed_at", _CLOSED,
               change="CASE WHEN s.status <> 'open' THEN coalesce(s.closed_at, a.closed_at) END"),
    ),
    fixed={"touched_at": f"coalesce({_CLOSED}, s.opened_at, %(at)s::timestamptz)",
           "created_at": "%(at)s::timestamptz", "updated_at": "%(at)s::timestamptz"},
)  # fmt: skip
DEAL_CHECKS: Final[bulk.Checks] = (
    """
    SELECT false, row, 'account',
           coalesce('No account, or more than one, has the id or name “' || account || '”.',
                    'No account is given.')
    FROM staged WHERE account_id IS NULL AND (target IS NULL OR account IS NOT NULL)
    """,
    bulk.twice("external_id", "This id stands already in"),
    bulk.twice("target", "This is the same deal as in", column="external_id"),
    match.same_as_many("name", "'deals of the account are called so'"), match.CLASHES,
    match.CONTACT_IS_KNOWN,
    match.two_colleagues("owner", "owner_id"),
    match.not_named("pipeline", "pipeline_id", "pipeline"),
    """
    SELECT false, s.row, 'stage', 'There is no stage “' || s.stage || '” in the pipeline “' || p.name || '”.'
    FROM staged s JOIN crm_pipeline p ON p.id = s.pipeline_id
    WHERE s.stage IS NOT NULL AND s.stage_id IS NULL
    """,
    """
    SELECT false, row, 'stage', 'Say in which stage the deal stands.'
    FROM staged WHERE target IS NULL AND stage IS NULL
    """,
    match.not_named("lost_reason", "lost_reason_id", "reason"),
    """
    SELECT false, row, 'lost_reason', 'Only a lost deal has a reason why it was lost.'
    FROM staged WHERE lost_reason_id IS NOT NULL AND status <> 'lost'
    """,
    """
    SELECT false, s.row, 'closed_at', 'A deal that is won or lost needs the day it was closed.'
    FROM staged s LEFT JOIN crm_deal a ON a.id = s.target
    WHERE s.status <> 'open' AND s.closed_at IS NULL AND a.closed_at IS NULL
    """,
    """
    SELECT false, row, 'opened_at', 'A deal that is won or lost needs the day it was opened.'
    FROM staged WHERE target IS NULL AND status <> 'open' AND opened_at IS NULL
    """,
    """
    SELECT false, s.row, 'closed_at', 'The deal would have been closed before it was opened.'
    FROM staged s LEFT JOIN crm_deal a ON a.id = s.target
    WHERE s.status <> 'open'
      AND coalesce(s.closed_at, a.closed_at) < coalesce(s.opened_at, a.opened_at)
    """,
    """
    SELECT false, row, 'quantity', 'This makes a price for one that no product has.'
    FROM staged WHERE amount / quantity >= 10 ^ 11
    """,
    """
    SELECT false, s.row, 'amount', 'The products make the amount of this deal.'
    FROM staged s JOIN crm_deal a ON a.id = s.target
    WHERE s.amount <> a.amount AND (SELECT count(*) FROM crm_dealline l WHERE l.deal_id = a.id) > 1
    """,
)  # fmt: skip
_PIPELINES: Final = (
    "UPDATE staged s SET pipeline_id = p.id FROM crm_pipeline p WHERE lower(p.name) = lower(s.pipeline)",
    """
    UPDATE staged s SET pipeline_id = d.pipeline_id FROM crm_deal d
    WHERE d.id = s.target AND s.pipeline IS NULL
    """,
    """
    UPDATE staged SET pipeline_id = (SELECT id FROM crm_pipeline WHERE is_active
                                     ORDER BY position, id LIMIT 1)
    WHERE pipeline IS NULL AND pipeline_id IS NULL
    """,
    """
    UPDATE staged s SET stage_id = t.id, status = t.kind FROM crm_stage t
    WHERE t.pipeline_id = s.pipeline_id AND lower(t.name) = lower(s.stage)
    """,
    """
    UPDATE staged s SET came_from_id = t.id FROM crm_stage t
    WHERE t.pipeline_id = s.pipeline_id AND lower(t.name) = lower(s.came_from) AND t.kind = 'open'
    """,
    """
    UPDATE staged s SET status = d.status FROM crm_deal d WHERE d.id = s.target AND s.status IS NULL
    """,
)
_STAND_IN: Final = """
WITH known AS (SELECT min(id) AS id, count(*) AS many FROM crm_account WHERE lower(name) = lower(%(name)s)),
one AS MATERIALIZED (
    SELECT CASE many WHEN 0 THEN nextval(pg_get_serial_sequence('crm_account', 'id')) WHEN 1 THEN id END AS id
    FROM known
)
UPDATE staged SET account_id = one.id FROM one WHERE account IS NULL AND target IS NULL
"""
_MAKE_STAND_IN: Final = """
WITH made AS (
    INSERT INTO crm_account (id, name, tier, industry, currency, credit_hold, credit_hold_reason, website,
        tax_number, street, postcode, city, region, country, phone, is_active, created_at, updated_at)
    SELECT DISTINCT s.account_id, %(name)s, 'standard', '', 'EUR', false, '', '', '', '', '', '', '', '', '',
        true, %(at)s::timestamptz, %(at)s::timestamptz
    FROM staged s WHERE s.account IS NULL AND s.target IS NULL
      AND NOT EXISTS (SELECT FROM crm_account a WHERE a.id = s.account_id)
    RETURNING id, name, '{}'::jsonb AS data
), told AS (INSERT INTO staged_made (subject, id) SELECT 'crm.account', id FROM made)
""" + bulk.journal("crm.account", "made.name", "made.id", "made", "crm.account.imported")  # fmt: skip


def find_staged_deals(*, rule: str = "", stand_in: str = "") -> None:  # noqa: ARG001 - kinds share it
    """Fill the records that the rows name, and `staged.target` by id, else by the name at the
    account.

    :param stand_in: the account of rows that name none; made with the deals if there is none.
    """
    match.find_accounts()
    match.by_external_id("crm_deal")
    match.by_key(
        "crm_deal", "a.account_id || ' ' || lower(a.name)", "s.account_id || ' ' || lower(s.name)"
    )
    if stand_in:
        bulk.run(_STAND_IN, {"name": stand_in})
    match.twice_new("account_id || ' ' || lower(name)", "name",
                    "A deal of this account is called so already in")  # fmt: skip
    match.find_contacts_of_accounts()
    match.find_colleague("owner", "owner_id")
    for statement in _PIPELINES:
        bulk.run(statement)
    match.find_named("crm_lostreason", "lost_reason", "lost_reason_id")


@transaction.atomic
def import_deals(
    *, by: User | None, at: datetime, data: str, conflicts: str = upsert.TAKE, stand_in: str = ""
) -> bulk.Written:
    """Open or change the deals of `staged`, found and compared before; its checks found nothing."""
    values = bulk.actor(by, at, data) | {"name": stand_in}
    if stand_in:
        bulk.run(_MAKE_STAND_IN, values)
    written = upsert.upsert(DEALS, values, how=conflicts)
    for statement in (*_HISTORY_OF_CHANGED, *_HISTORY_OF_NEW, _LINES, PRICE_OF_ONE_LINE):
        bulk.run(statement, values)
    return written


_HISTORY_OF_CHANGED: Final = (
    """
    UPDATE crm_dealstage h SET to_at = greatest(h.from_at, d.stage_since)
    FROM staged_delta x JOIN crm_deal d ON d.id = x.id
    WHERE x.subject = 'crm.deal' AND x.delta ? 'stage_id' AND h.deal_id = d.id AND h.to_at IS NULL
    """,
    """
    INSERT INTO crm_dealstage (deal_id, stage_id, from_at, by_id)
    SELECT d.id, d.stage_id, d.stage_since, %(by)s FROM staged_delta x JOIN crm_deal d ON d.id = x.id
    WHERE x.subject = 'crm.deal' AND x.delta ? 'stage_id'
    """,
)
_HISTORY_OF_NEW: Final = (
    """
    INSERT INTO crm_dealstage (deal_id, stage_id, from_at, to_at, by_id)
    SELECT s.made_id, s.came_from_id, s.opened_at, s.closed_at, %(by)s FROM staged s
    WHERE s.target IS NULL AND s.status <> 'open' AND s.came_from_id IS NOT NULL ORDER BY s.row
    """,
    """
    INSERT INTO crm_dealstage (deal_id, stage_id, from_at, by_id)
    SELECT d.id, d.stage_id, d.stage_since, %(by)s FROM staged s JOIN crm_deal d ON d.id = s.made_id
    WHERE s.target IS NULL ORDER BY s.row
    """,
)
# A product is one line of a deal that has none; without a price the amount is taken for it.
_LINES: Final = """
INSERT INTO crm_dealline (deal_id, sku, name, quantity, price, position)
SELECT d.id, coalesce(s.product_sku, ''), coalesce(s.product_name, s.product), coalesce(s.quantity, 1),
       coalesce(s.price, round(s.amount / coalesce(s.quantity, 1), 2), 0), 0
FROM staged s JOIN crm_deal d ON d.id = coalesce(s.target, s.made_id)
WHERE s.product IS NOT NULL AND NOT EXISTS (SELECT FROM crm_dealline l WHERE l.deal_id = d.id)
"""
PRICE_OF_ONE_LINE: Final = """
UPDATE crm_dealline l SET price = round(d.amount / l.quantity, 2)
FROM staged_delta x JOIN crm_deal d ON d.id = x.id
WHERE x.subject = 'crm.deal' AND x.delta ? 'amount' AND l.deal_id = d.id AND d.amount IS NOT NULL
  AND (SELECT count(*) FROM crm_dealline o WHERE o.deal_id = d.id) = 1
"""
