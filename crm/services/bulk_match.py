"""Which record a row of a file is about, and who and what else it names. Nothing is guessed: what
could be two is counted in `staged.many` and reported."""

from typing import Final

from kit import bulk

# Rules that a person chooses from, in the words of the page; the first is the usual one.
ACCOUNT_MATCHES: Final = {
    "name": "their name", "domain": "the domain of their website", "vat": "their VAT number",
}  # fmt: skip
CONTACT_MATCHES: Final = {
    "usual": "their mail address at the account, else their name there",
    "mail": "their mail address, at whatever account",
    "name": "their name at the account",
}  # fmt: skip
LEAD_MATCHES: Final = {"mail": "their mail address", "name": "their name and company"}


def domain(column: str) -> str:
    """SQL: the host of a web address, without www."""
    bare = f"regexp_replace(lower({column}), '^\\s*([a-z]+://)?(www\\.)?', '')"
    return f"nullif(regexp_replace({bare}, '[/:?#\\s].*$', ''), '')"


def vat(column: str) -> str:
    """SQL: a VAT number without what people put between its digits."""
    return f"nullif(regexp_replace(upper({column}), '[^A-Z0-9]', '', 'g'), '')"


def by_external_id(table: str) -> None:
    bulk.run(
        f"UPDATE staged s SET target = a.id FROM {table} a WHERE a.external_id = s.external_id"
    )


def by_key(table: str, ours: str, theirs: str, *, where: str = "true") -> None:
    """Rows that found no record yet find the one with the same key; `many` says how many have it.

    A record with another external id than the row's is another record. Keys are SQL over `a` and
    `s`; NULL finds nothing.
    """
    bulk.run(
        f"""
        WITH wanted AS MATERIALIZED (
            SELECT s.row, s.external_id, {theirs} AS key FROM staged s
            WHERE s.target IS NULL AND {theirs} IS NOT NULL
        ), known AS (
            SELECT a.id, a.external_id, {ours} AS key FROM {table} a WHERE {where}
        ), found AS (
            SELECT w.row, min(k.id) AS id, count(*) AS many FROM wanted w JOIN known k USING (key)
            WHERE w.external_id IS NULL OR k.external_id IS NULL GROUP BY w.row
        )
        UPDATE staged s SET target = CASE WHEN f.many = 1 THEN f.id END, many = f.many
        FROM found f WHERE f.row = s.row
        """
    )


# Two of one name are two people if each has a mail address: one that is the same was found before.
TWO_MAILS: Final = "s.email IS NOT NULL AND coalesce({0}.email, '') <> ''"
NOT_FOUND: Final = "The chosen rule does not find it. Give its id, or find by name."
CLASHES: Final = "SELECT false, row, clash_at, clash FROM staged WHERE clash IS NOT NULL"


def second(table: str, ours: str, theirs: str, words: str, *, unless: str = "false") -> None:
    """Mark new rows that would make a second record of one name: one that is there has it, and the
    chosen rule did not find it.

    As in `by_key`, a record with another external id than the row's is another record. Call it only
    for rules that do not look at names.

    :param unless: SQL over `a` and `s`: what makes it another one in spite of its name.
    :param words: SQL over `s` that says which.
    """
    bulk.run(
        f"""
        WITH found AS (
            SELECT DISTINCT s.row FROM staged s JOIN {table} a ON {ours} = {theirs}
            WHERE s.target IS NULL AND coalesce(s.many, 0) < 2
              AND (s.external_id IS NULL OR a.external_id IS NULL) AND NOT ({unless})
        )
        UPDATE staged s SET clash_at = 'name', clash = {words} || ' {NOT_FOUND}'
        FROM found f WHERE f.row = s.row
        """
    )


def twice_new(key: str, column: str, words: str, *, unless: str = "false") -> None:
    """Mark new rows that would make two of what the file means once: another row has the same key.
    The row that found a record keeps it, else the first one does; two rows with ids of their own are
    two records.

    :param key: SQL over the columns of `staged`; NULL is the same as nothing.
    :param unless: SQL over `s` and the row that keeps it, `f`: what makes them two all the same.
    """
    if not bulk.number(
        "SELECT count(*) FROM (SELECT FROM staged WHERE external_id IS NULL LIMIT 1) one"
    ):
        return
    bulk.run(
        f"""
        WITH again AS (
            SELECT {key} AS key, coalesce(min(row) FILTER (WHERE target IS NOT NULL), min(row)) AS first
            FROM staged WHERE {key} IS NOT NULL
            GROUP BY 1 HAVING count(*) > greatest(count(external_id), 1)
        ), found AS (
            SELECT s.row, f.row AS first
            FROM (SELECT {key} AS key, * FROM staged WHERE target IS NULL) s
            JOIN again g ON g.key = s.key JOIN staged f ON f.row = g.first
            WHERE s.row <> f.row AND (s.external_id IS NULL OR f.external_id IS NULL)
              AND NOT ({unless})
        )
        UPDATE staged s SET clash_at = '{column}', clash = '{words} row ' || f.first || '.'
        FROM found f WHERE f.row = s.row AND s.clash IS NULL
        """
    )


def find_colleague(column: str, target: str) -> None:
    """Fill `target` with the colleague whose mail address or full name stands in `column`; where
    two have it, with 0."""
    bulk.run(
        f"""
        WITH named AS (SELECT DISTINCT lower({column}) AS word FROM staged WHERE {column} IS NOT NULL),
        found AS (
            SELECT n.word, CASE WHEN count(*) = 1 THEN min(u.id) ELSE 0 END AS id
            FROM named n JOIN people_user u ON n.word IN (lower(u.email), lower(u.name)) GROUP BY 1
        )
        UPDATE staged s SET {target} = f.id FROM found f WHERE lower(s.{column}) = f.word
        """
    )


def two_colleagues(column: str, target: str) -> str:
    return f"""
        SELECT false, row, '{column}', 'More than one colleague is called “' || {column} || '”.'
        FROM staged WHERE {target} = 0
    """


def no_colleague(column: str, target: str) -> str:
    return f"""
        SELECT false, row, '{column}', 'No colleague has the address or name “' || {column} || '”.'
        FROM staged WHERE {column} IS NOT NULL AND {target} IS NULL
    """


def find_named(table: str, column: str, target: str) -> None:
    """Fill `target` from a small table of names."""
    bulk.run(
        f"UPDATE staged s SET {target} = t.id FROM {table} t WHERE lower(t.name) = lower(s.{column})"
    )


def not_named(column: str, target: str, what: str) -> str:
    return f"""
        SELECT false, row, '{column}', 'There is no {what} “' || {column} || '”.'
        FROM staged WHERE {column} IS NOT NULL AND {target} IS NULL
    """


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
       coalesce('No account, or more than one, has the id or name “' || account || '”.',
                'No account is given.')
FROM staged WHERE account_id IS NULL
"""


def find_accounts() -> None:
    """Fill `staged.account_id` from the id or name in `staged.account`."""
    bulk.run(_FIND_ACCOUNTS)


def find_contacts_of_accounts() -> None:
    """Fill `staged.contact_id` from the mail address or name in `staged.contact`, at the account;
    where two have it, with 0."""
    bulk.run(
        """
        WITH found AS (
            SELECT s.row, CASE WHEN count(*) = 1 THEN min(c.id) ELSE 0 END AS id
            FROM staged s JOIN crm_contact c ON c.account_id = s.account_id
                AND lower(s.contact) IN (lower(c.email), lower(c.name))
            WHERE s.contact IS NOT NULL GROUP BY s.row
        )
        UPDATE staged s SET contact_id = f.id FROM found f WHERE f.row = s.row
        """
    )


CONTACT_IS_KNOWN: Final = """
SELECT false, row, 'contact', 'No contact of the account, or more than one, has the address or name “'
       || contact || '”.'
FROM staged WHERE contact IS NOT NULL AND coalesce(contact_id, 0) = 0
"""


def same_as_many(column: str, words: str) -> str:
    """A check: rows whose rule found more than one record.

    :param words: SQL over `staged` that ends the sentence “2 …”.
    """
    return f"""
        SELECT false, row, '{column}', many || ' ' || {words} || '. Give their ids.'
        FROM staged WHERE target IS NULL AND many > 1
    """
