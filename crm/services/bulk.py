"""Accounts and contacts by the file: a few statements over all rows of `staged`.

An empty cell changes nothing. A record is found by its external id, else by its name (a contact:
by its account and mail address, else by its account and name). Columns of `staged` are those of
the kind's fields, as imports declares them; see kit.bulk for the rest.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from kit import bulk
from people.models import User

_FIND: Final = """
UPDATE staged s SET target = a.id FROM crm_account a WHERE a.external_id = s.external_id
"""
_FIND_BY_NAME: Final = """
UPDATE staged s SET target = a.id FROM crm_account a
WHERE s.target IS NULL AND lower(a.name) = lower(s.name)
  AND (s.external_id IS NULL OR a.external_id IS NULL)
"""
ACCOUNT_CHECKS: Final[bulk.Checks] = (
    bulk.twice("external_id", "This id stands already in"),
    bulk.twice("target", "This is the same account as in", column="name"),
    bulk.twice("lower(name)", "This name stands already in", where="external_id IS NULL", column="name"),
    """
    SELECT false, s.row, 'name',
           count(*) || ' accounts are called “' || s.name || '”. Give their ids.'
    FROM staged s JOIN crm_account a ON lower(a.name) = lower(s.name)
    WHERE s.external_id IS NULL GROUP BY s.row, s.name HAVING count(*) > 1
    """,
    """
    SELECT false, s.row, 'owner', 'No colleague has the address “' || s.owner || '”.'
    FROM staged s WHERE s.owner IS NOT NULL
      AND NOT EXISTS (SELECT FROM people_user u WHERE lower(u.email) = lower(s.owner))
    """,
)  # fmt: skip
_NEW_ACCOUNTS: Final = """
WITH made AS (
    INSERT INTO crm_account (name, external_id, tier, owner_id, industry, currency, credit_limit,
        credit_hold, credit_hold_reason, street, postcode, city, region, country, phone, is_active,
        created_at, updated_at)
    SELECT s.name, s.external_id, coalesce(s.tier, 'standard'), u.id, coalesce(s.industry, ''),
        coalesce(s.currency, 'EUR'), s.credit_limit, coalesce(s.credit_hold, false), '',
        coalesce(s.street, ''), coalesce(s.postcode, ''), coalesce(s.city, ''),
        coalesce(s.region, ''), coalesce(s.country, ''), coalesce(s.phone, ''), true,
        %(at)s, %(at)s
    FROM staged s LEFT JOIN people_user u ON lower(u.email) = lower(s.owner)
    WHERE s.target IS NULL ORDER BY s.row
    RETURNING id, name
)
""" + bulk.journal(
    "crm.account", "made.name", "made.id",
    "(SELECT id, name, '{}'::jsonb AS data FROM made)", "crm.account.imported",
)  # fmt: skip
_CHANGED_ACCOUNTS: Final = """
WITH wanted AS (
    SELECT a.id, coalesce(s.name, a.name) AS name,
        coalesce(s.external_id, a.external_id) AS external_id, coalesce(s.tier, a.tier) AS tier,
        coalesce(u.id, a.owner_id) AS owner_id, coalesce(s.industry, a.industry) AS industry,
        coalesce(s.currency, a.currency) AS currency,
        coalesce(s.credit_limit, a.credit_limit) AS credit_limit,
        coalesce(s.credit_hold, a.credit_hold) AS credit_hold,
        coalesce(s.street, a.street) AS street, coalesce(s.postcode, a.postcode) AS postcode,
        coalesce(s.city, a.city) AS city, coalesce(s.region, a.region) AS region,
        coalesce(s.country, a.country) AS country, coalesce(s.phone, a.phone) AS phone
    FROM staged s JOIN crm_account a ON a.id = s.target
    LEFT JOIN people_user u ON lower(u.email) = lower(s.owner)
), differing AS (
    SELECT w.*, (SELECT jsonb_object_agg(n.key, jsonb_build_array(o.value, n.value))
                 FROM jsonb_each_text(to_jsonb(w)) n
                 JOIN jsonb_each_text(to_jsonb(a)) o USING (key)
                 WHERE n.value IS DISTINCT FROM o.value) AS data
    FROM wanted w JOIN crm_account a ON a.id = w.id
    WHERE (w.name, w.external_id, w.tier, w.owner_id, w.industry, w.currency, w.credit_limit,
           w.credit_hold, w.street, w.postcode, w.city, w.region, w.country, w.phone)
        IS DISTINCT FROM (a.name, a.external_id, a.tier, a.owner_id, a.industry, a.currency,
           a.credit_limit, a.credit_hold, a.street, a.postcode, a.city, a.region, a.country,
           a.phone)
), made AS (
    UPDATE crm_account a SET name = d.name, external_id = d.external_id, tier = d.tier,
        owner_id = d.owner_id, industry = d.industry, currency = d.currency,
        credit_limit = d.credit_limit, credit_hold = d.credit_hold, street = d.street,
        postcode = d.postcode, city = d.city, region = d.region, country = d.country,
        phone = d.phone, updated_at = %(at)s
    FROM differing d WHERE a.id = d.id
    RETURNING a.id, a.name, d.data
)
""" + bulk.journal("crm.account", "made.name", "made.id", "made", "crm.account.changed")


def find_staged_accounts() -> None:
    """Fill `staged.target` with the accounts that the rows are about."""
    bulk.run(_FIND)
    bulk.run(_FIND_BY_NAME)


@transaction.atomic
def import_accounts(*, by: User | None, at: datetime, data: str) -> bulk.Written:
    """Open or change the accounts of `staged`, found before; its checks found nothing."""
    return _write(_NEW_ACCOUNTS, _CHANGED_ACCOUNTS, by=by, at=at, data=data)


# Names are looked up by the thousand: one pass over the distinct ones, not one per row.
_FIND_ACCOUNTS: Final = """
WITH named AS (
    SELECT DISTINCT account FROM staged WHERE account IS NOT NULL
), by_name AS (
    SELECT lower(a.name) AS name, min(a.id) AS id, count(*) AS many
    FROM crm_account a WHERE lower(a.name) IN (SELECT lower(account) FROM named)
    GROUP BY 1
), found AS (
    SELECT n.account, coalesce(a.id, CASE WHEN b.many = 1 THEN b.id END) AS id
    FROM named n LEFT JOIN crm_account a ON a.external_id = n.account
    LEFT JOIN by_name b ON b.name = lower(n.account)
)
UPDATE staged s SET account_id = f.id FROM found f
WHERE f.account = s.account AND f.id IS NOT NULL
"""
ACCOUNT_IS_KNOWN: Final = """
SELECT false, row, 'account',
       'No account, or more than one, has the id or name “' || account || '”.'
FROM staged WHERE account_id IS NULL
"""


def find_accounts() -> None:
    """Fill `staged.account_id` from the id or name in `staged.account`."""
    bulk.run(_FIND_ACCOUNTS)


CONTACT_CHECKS: Final[bulk.Checks] = (
    ACCOUNT_IS_KNOWN,
    bulk.twice("external_id", "This id stands already in"),
    bulk.twice("target", "This is the same contact as in", column="name"),
    """
    SELECT false, row, 'email', 'This address stands already at this account in row ' || first || '.'
    FROM (SELECT row, min(row) OVER (PARTITION BY account_id, lower(email)) AS first FROM staged
          WHERE email IS NOT NULL AND external_id IS NULL) AS again WHERE row <> first
    """,
    """
    SELECT false, row, 'name', 'This name stands already at this account in row ' || first || '.'
    FROM (SELECT row, min(row) OVER (PARTITION BY account_id, lower(name)) AS first FROM staged
          WHERE email IS NULL AND external_id IS NULL) AS again WHERE row <> first
    """,
)
_FIND_CONTACTS: Final = (
    """
    UPDATE staged s SET target = c.id FROM crm_contact c WHERE c.external_id = s.external_id
    """,
    """
    UPDATE staged s SET target = c.id FROM (
        SELECT account_id, lower(email) AS email, min(id) AS id FROM crm_contact
        WHERE email <> '' AND external_id IS NULL GROUP BY 1, 2) c
    WHERE s.target IS NULL AND c.account_id = s.account_id AND c.email = lower(s.email)
    """,
    """
    UPDATE staged s SET target = c.id FROM (
        SELECT account_id, lower(name) AS name, min(id) AS id FROM crm_contact
        WHERE external_id IS NULL GROUP BY 1, 2) c
    WHERE s.target IS NULL AND s.email IS NULL
      AND c.account_id = s.account_id AND c.name = lower(s.name)
    """,
)
_NEW_CONTACTS: Final = """
WITH made AS (
    INSERT INTO crm_contact (account_id, name, external_id, email, phone, title, zone, no_mail,
        is_active, created_at, updated_at)
    SELECT account_id, name, external_id, coalesce(email, ''), coalesce(phone, ''),
        coalesce(title, ''), coalesce(zone, ''), coalesce(no_mail, false), true, %(at)s, %(at)s
    FROM staged WHERE target IS NULL ORDER BY row
    RETURNING id, name, account_id
)
""" + bulk.journal(
    "crm.contact", "made.name", "made.account_id",
    "(SELECT *, '{}'::jsonb AS data FROM made)", "crm.contact.imported",
)  # fmt: skip
_CHANGED_CONTACTS: Final = """
WITH wanted AS (
    SELECT c.id, s.account_id, coalesce(s.name, c.name) AS name,
        coalesce(s.external_id, c.external_id) AS external_id, coalesce(s.email, c.email) AS email,
        coalesce(s.phone, c.phone) AS phone, coalesce(s.title, c.title) AS title,
        coalesce(s.zone, c.zone) AS zone, coalesce(s.no_mail, c.no_mail) AS no_mail
    FROM staged s JOIN crm_contact c ON c.id = s.target
), differing AS (
    SELECT w.*, (SELECT jsonb_object_agg(n.key, jsonb_build_array(o.value, n.value))
                 FROM jsonb_each_text(to_jsonb(w)) n
                 JOIN jsonb_each_text(to_jsonb(c)) o USING (key)
                 WHERE n.value IS DISTINCT FROM o.value) AS data
    FROM wanted w JOIN crm_contact c ON c.id = w.id
    WHERE (w.account_id, w.name, w.external_id, w.email, w.phone, w.title, w.zone, w.no_mail)
        IS DISTINCT FROM (c.account_id, c.name, c.external_id, c.email, c.phone, c.title, c.zone,
                          c.no_mail)
), made AS (
    UPDATE crm_contact c SET account_id = d.account_id, name = d.name,
        external_id = d.external_id, email = d.email, phone = d.phone, title = d.title,
        zone = d.zone, no_mail = d.no_mail, updated_at = %(at)s
    FROM differing d WHERE c.id = d.id
    RETURNING c.id, c.name, c.account_id, d.data
)
""" + bulk.journal("crm.contact", "made.name", "made.account_id", "made", "crm.contact.changed")


def find_staged_contacts() -> None:
    """Fill `staged.account_id`, and `staged.target` with the contacts that the rows are about."""
    find_accounts()
    for statement in _FIND_CONTACTS:
        bulk.run(statement)


@transaction.atomic
def import_contacts(*, by: User | None, at: datetime, data: str) -> bulk.Written:
    """Add or change the contacts of `staged`, found before; its checks found nothing."""
    return _write(_NEW_CONTACTS, _CHANGED_CONTACTS, by=by, at=at, data=data)


def _write(new: str, changed: str, *, by: User | None, at: datetime, data: str) -> bulk.Written:
    """Change first, then add, so that what is added is not looked at as a change."""
    bulk.run(bulk.PENDING)
    values = bulk.actor(by, at, data)
    known = bulk.number("SELECT count(*) FROM staged WHERE target IS NOT NULL")
    differing = bulk.run(changed, values) if known else 0
    return bulk.Written(bulk.run(new, values), differing, known - differing)
