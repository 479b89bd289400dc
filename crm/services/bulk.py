"""Accounts and contacts by the file: a few statements over all rows of `staged`.

An empty cell changes nothing. A record is found by its external id, else by the rule that was
chosen (see bulk_match). Columns of `staged` are those of the kind's fields, as imports declares
them; see bulk_upsert for how they are written and kit.bulk for the rest.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from crm.services import bulk_match as match
from crm.services import bulk_upsert as upsert
from crm.services.bulk_upsert import Column, Target, words
from kit import bulk
from people.models import User

ACCOUNTS: Final = Target(
    "crm_account", "crm.account", account="made.id", told=("id", "name"),
    columns=(
        Column("name"), Column("external_id"), Column("tier", new="'standard'"),
        Column("owner_id"), Column("parent_id"), Column("territory_id"),
        *words("industry", "website", "tax_number"), Column("payment_days"),
        Column("currency", new="'EUR'"), Column("credit_limit"),
        Column("credit_hold", new="false"),
        *words("street", "postcode", "city", "region", "country", "phone"),
    ),
    fixed={"credit_hold_reason": "''", "is_active": "true", "created_at": "%(at)s::timestamptz",
           "updated_at": "%(at)s::timestamptz"},
)  # fmt: skip
CONTACTS: Final = Target(
    "crm_contact", "crm.contact",
    columns=(
        Column("account_id"), Column("name"), Column("external_id"),
        *words("email", "phone", "title", "zone", "channel", "consent_source"),
        Column("roles", "s.roles", new="'{}'"), Column("consent", new="'unknown'"),
        Column("consent_at", new="CASE WHEN s.consent <> 'unknown' THEN %(at)s::timestamptz END"),
        Column("no_mail", new="false"),
    ),
    fixed={"is_active": "true", "created_at": "%(at)s::timestamptz", "updated_at": "%(at)s::timestamptz"},
    again={"consent_at": "CASE WHEN d.delta ? 'consent' AND NOT d.delta ? 'consent_at'"
                         " THEN %(at)s::timestamptz ELSE r.consent_at END"},
)  # fmt: skip
_ALIKE: Final = """CASE WHEN many = (SELECT count(*) FROM crm_account a WHERE lower(a.name) = lower(staged.name))
    THEN 'accounts are called “' || name || '”' ELSE 'accounts have this domain or VAT number' END"""
ACCOUNT_CHECKS: Final[bulk.Checks] = (
    bulk.twice("external_id", "This id stands already in"),
    bulk.twice("target", "This is the same account as in", column="name"),
    match.same_as_many("name", _ALIKE), match.CLASHES,
    match.two_colleagues("owner", "owner_id"), match.no_colleague("owner", "owner_id"),
    match.not_named("territory", "territory_id", "territory"),
    """
    SELECT false, s.row, 'parent', 'This account cannot belong to itself.'
    FROM staged s WHERE s.parent_id = coalesce(s.target, s.made_id)
    """,
    """
    SELECT false, s.row, 'parent', CASE WHEN s.parent_id = 0
        THEN 'More than one account has the id or name “' || s.parent || '”.'
        ELSE 'No account has the id or name “' || s.parent || '”, here or in the file.' END
    FROM staged s WHERE s.parent IS NOT NULL AND coalesce(s.parent_id, 0) = 0
    """,
)  # fmt: skip
_NAME: Final = "lower({0}.name)"
_SECOND_ACCOUNT: Final = "'An account is called “' || s.name || '” already.'"
# Once bad rows are out: a parent that was among them is nowhere.
PARENTS_ARE_LEFT: Final[bulk.Checks] = (
    """
    SELECT false, s.row, 'parent', 'The row of “' || s.parent || '” has a problem.'
    FROM staged s WHERE s.parent_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM crm_account a WHERE a.id = s.parent_id)
      AND NOT EXISTS (SELECT FROM staged p WHERE p.made_id = s.parent_id)
    """,
)
_FIND_PARENTS: Final = """
WITH named AS (
    SELECT DISTINCT lower(parent) AS word FROM staged WHERE parent IS NOT NULL
), known AS (
    SELECT a.id, lower(a.external_id) AS ext, lower(a.name) AS name FROM crm_account a
    WHERE lower(a.name) IN (SELECT word FROM named)
       OR a.external_id IN (SELECT parent FROM staged)
    UNION
    SELECT coalesce(s.target, s.made_id), lower(s.external_id), lower(s.name) FROM staged s
), found AS (
    SELECT n.word,
        coalesce(min(k.id) FILTER (WHERE k.ext = n.word),
                 CASE WHEN count(DISTINCT k.id) = 1 THEN min(k.id) ELSE 0 END) AS id
    FROM named n JOIN known k ON n.word IN (k.ext, k.name) GROUP BY 1
)
UPDATE staged s SET parent_id = f.id FROM found f WHERE lower(s.parent) = f.word
"""
# A group of companies is a tree: whoever comes by itself on the way up goes round in a circle.
_CIRCLE: Final = """
WITH RECURSIVE up (start, id, steps) AS (
    SELECT s.id, s.parent_id, 1 FROM (SELECT coalesce(target, made_id) AS id, parent_id FROM staged
        WHERE parent_id IS NOT NULL) s
    UNION ALL
    SELECT up.start, a.parent_id, up.steps + 1 FROM up JOIN crm_account a ON a.id = up.id
    WHERE a.parent_id IS NOT NULL AND up.steps <= 10
)
SELECT count(*) FROM up WHERE steps > 10
"""


def find_staged_accounts(*, rule: str = "name", stand_in: str = "") -> None:  # noqa: ARG001 - kinds share it
    """Fill `staged.target` with the accounts that the rows are about, by id, else by `rule`."""
    match.by_external_id("crm_account")
    if rule == "domain":
        match.by_key("crm_account", match.domain("a.website"), match.domain("s.website"))
        match.twice_new(match.domain("website"), "website", "This domain stands already in")
    elif rule == "vat":
        match.by_key("crm_account", match.vat("a.tax_number"), match.vat("s.tax_number"))
        match.twice_new(match.vat("tax_number"), "tax_number", "This VAT number stands already in")
    else:
        match.by_key("crm_account", _NAME.format("a"), _NAME.format("s"))
    if rule in {"domain", "vat"}:
        match.second("crm_account", _NAME.format("a"), _NAME.format("s"), _SECOND_ACCOUNT)
    match.twice_new(_NAME.format("staged"), "name", "This name stands already in")
    match.find_colleague("owner", "owner_id")
    match.find_named("crm_territory", "territory", "territory_id")
    if bulk.number("SELECT count(parent) FROM staged"):
        bulk.run(_FIND_PARENTS)


@transaction.atomic
def import_accounts(
    *, by: User | None, at: datetime, data: str, conflicts: str = upsert.TAKE
) -> bulk.Written:
    """Open or change the accounts of `staged`, found and compared before; its checks found nothing.

    :raises bulk.Refused: when accounts would belong to each other in a circle.
    """
    written = upsert.upsert(ACCOUNTS, bulk.actor(by, at, data), how=conflicts)
    if bulk.number("SELECT count(parent_id) FROM staged") and bulk.number(_CIRCLE):
        raise bulk.Refused(
            "Nothing was changed: accounts would belong to each other in a circle, or a group has "
            "more than 10 levels."
        )
    return written


CONTACT_CHECKS: Final[bulk.Checks] = (
    match.ACCOUNT_IS_KNOWN,
    bulk.twice("external_id", "This id stands already in"),
    bulk.twice("target", "This is the same contact as in", column="name"),
    match.same_as_many("name", "'contacts have this mail address or name'"), match.CLASHES,
)  # fmt: skip
_AT_ACCOUNT: Final = "{0}.account_id || ' ' || lower({0}.{1})"
_SECOND_CONTACT: Final = "'A contact of this account is called “' || s.name || '” already.'"


def find_staged_contacts(*, rule: str = "usual", stand_in: str = "") -> None:  # noqa: ARG001 - kinds share it
    """Fill `staged.account_id`, and `staged.target` with the contacts that the rows are about."""
    match.find_accounts()
    match.by_external_id("crm_contact")
    ours, theirs = _AT_ACCOUNT.format("a", "name"), _AT_ACCOUNT.format("s", "name")
    if rule == "mail":
        match.by_key("crm_contact", "lower(a.email)", "lower(s.email)", where="a.email <> ''")
        match.twice_new("lower(email)", "email", "This address stands already in")
    elif rule == "usual":
        match.by_key("crm_contact", _AT_ACCOUNT.format("a", "email"), _AT_ACCOUNT.format("s", "email"),
                     where="a.email <> ''")  # fmt: skip
    if rule != "mail":
        by_name = f"CASE WHEN s.email IS NULL THEN {theirs} END" if rule == "usual" else theirs
        match.by_key("crm_contact", ours, by_name)
    if rule != "name":
        match.second(
            "crm_contact", ours, theirs, _SECOND_CONTACT, unless=match.TWO_MAILS.format("a")
        )
    match.twice_new(_AT_ACCOUNT.format("staged", "email"), "email",
                    "This address stands already at this account in")  # fmt: skip
    match.twice_new(
        _AT_ACCOUNT.format("staged", "name"), "name", "This name stands already at this account in",
        unless="false" if rule == "name" else match.TWO_MAILS.format("f"),
    )  # fmt: skip


@transaction.atomic
def import_contacts(
    *, by: User | None, at: datetime, data: str, conflicts: str = upsert.TAKE
) -> bulk.Written:
    """Add or change the contacts of `staged`, found before; its checks found nothing."""
    return upsert.upsert(CONTACTS, bulk.actor(by, at, data), how=conflicts)
