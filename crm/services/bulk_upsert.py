"""Records by the file, of any kind: what differs is found once, then written by a few statements.

`staged` holds the rows; `target` is the record that a row changes, `made_id` the key that a new one
has if there is none. `staged_delta` takes for each record what the file says otherwise: {column: [old, new]},
fields of a company's own as "custom.key". `staged_made` takes what was made. Whoever imports reads
both: conflicts are shown from the one, and a whole import is taken back by the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kit import bulk

TAKE, KEEP, FILL = "file", "ours", "fill"
_NOTHING: Final = "value -> 0 IN ('null', '\"\"', '[]', '{}')"


@dataclass(frozen=True)
class Column:
    """`value`: SQL over `s`, NULL where the file says nothing; `new`: what a new record then has;
    `change`: what a known one (`a`) then has, where it is not what it had."""

    name: str
    value: str = ""
    new: str = "NULL"
    change: str = ""

    @property
    def said(self) -> str:
        return self.value or f"s.{self.name}"

    @property
    def wanted(self) -> str:
        return self.change or f"coalesce({self.said}, a.{self.name})"

    @property
    def first(self) -> str:
        return self.said if self.new == "NULL" else f"coalesce({self.said}, {self.new})"


def words(*names: str) -> tuple[Column, ...]:
    """Columns of text that are never NULL."""
    return tuple(Column(name, new="''") for name in names)


@dataclass(frozen=True)
class Target:
    """A table that files fill. `account`: where `made` tells the account of a record; `again`: what
    else is set on a change, over `a`, `r` and `d`."""

    table: str
    subject: str
    columns: tuple[Column, ...]
    account: str = "made.account_id"
    name: str = "name"
    fixed: Mapping[str, str] = field(default_factory=dict)
    again: Mapping[str, str] = field(default_factory=dict)
    custom: bool = True
    imported: str = "imported"
    entry_at: str = "%(at)s"
    made_data: str = "'{}'::jsonb"
    told: tuple[str, ...] = ("id", "name", "account_id")

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


def own_fields(target: Target) -> list[str]:
    """The fields of a company's own that the file fills, as they are called in `staged`."""
    return [c for c in bulk.columns("staged") if c.startswith("custom_")] if target.custom else []


def _custom(own: list[str]) -> str:
    pairs = ", ".join(f"'{name.removeprefix('custom_')}', s.{name}" for name in own)
    return f"jsonb_strip_nulls(jsonb_build_object({pairs}))"


def compare(target: Target, values: Mapping[str, Any]) -> int:
    """Fill `staged_delta` with what the file says otherwise; returns how many records differ."""
    if not bulk.number("SELECT count(target) FROM staged"):
        return 0
    wanted = ", ".join(f"{c.wanted} AS {c.name}" for c in target.columns)
    left = ", ".join(f"w.{name}" for name in target.names)
    right = ", ".join(f"a.{name}" for name in target.names)
    own = own_fields(target)
    extra = f", {_custom(own)} AS own" if own else ""
    differs = f"({left}) IS DISTINCT FROM ({right})"
    union = ""
    if own:
        differs = f"({differs} OR NOT a.custom @> w.own)"
        union = """ UNION ALL
            SELECT 'custom.' || o.key, jsonb_build_array(a.custom -> o.key, o.value)
            FROM jsonb_each(w.own) o WHERE o.value IS DISTINCT FROM a.custom -> o.key"""
    return bulk.run(
        f"""
        INSERT INTO staged_delta (subject, row, id, delta)
        WITH wanted AS (
            SELECT a.id, s.row, {wanted}{extra} FROM staged s JOIN {target.table} a ON a.id = s.target
        )
        SELECT '{target.subject}', w.row, w.id, (SELECT jsonb_object_agg(one.key, one.pair) FROM (
            SELECT n.key, jsonb_build_array(o.value, n.value) AS pair
            FROM jsonb_each(to_jsonb(w){" - 'own'" if own else ""}) n
            JOIN jsonb_each(to_jsonb(a)) o USING (key)
            WHERE n.value IS DISTINCT FROM o.value{union}) AS one)
        FROM wanted w JOIN {target.table} a ON a.id = w.id WHERE {differs}
        """,
        values,
    )


def keep(how: str) -> None:
    """Leave of `staged_delta` what may be written: all, nothing, or what fills an empty field.

    What hangs on the stage of a deal goes with it or not at all.
    """
    if how == KEEP:
        bulk.run("DELETE FROM staged_delta")
    elif how == FILL:
        bulk.run(
            f"""
            UPDATE staged_delta SET delta = (
                SELECT coalesce(jsonb_object_agg(key, value), '{{}}') FROM jsonb_each(delta)
                WHERE ({_NOTHING} OR (key = 'consent' AND value -> 0 = '"unknown"'))
                  AND NOT (key IN ('closed_at', 'lost_reason_id') AND delta ? 'stage_id'))
            """
        )
        bulk.run("DELETE FROM staged_delta WHERE delta = '{}'")


def change(target: Target, values: Mapping[str, Any], *, action: str = "changed") -> int:
    """Write what `staged_delta` says of these records, with an entry for each."""
    sets = {name: f"r.{name}" for name in target.names} | dict(target.again)
    if target.custom:
        sets["custom"] = (
            "jsonb_strip_nulls(a.custom || coalesce((SELECT jsonb_object_agg(substr(key, 8), value -> 1)"
            " FROM jsonb_each(d.delta) WHERE left(key, 7) = 'custom.'), '{}'))"
        )
    if target.subject != "crm.activity":
        sets["updated_at"] = "%(at)s"
    return bulk.run(
        f"""
        WITH d AS MATERIALIZED (
            SELECT id, delta, (SELECT jsonb_object_agg(key, value -> 1) FROM jsonb_each(delta)) AS news
            FROM staged_delta WHERE subject = '{target.subject}'
        ), made AS (
            UPDATE {target.table} a SET {", ".join(f"{k} = {v}" for k, v in sets.items())}
            FROM d JOIN {target.table} b ON b.id = d.id
            CROSS JOIN LATERAL jsonb_populate_record(b, d.news) r
            WHERE a.id = b.id
            RETURNING a.*, (SELECT jsonb_object_agg(key, jsonb_build_array(
                coalesce(value ->> 0, ''), coalesce(value ->> 1, ''))) FROM jsonb_each(d.delta)) AS data
        )
        """
        + bulk.journal(
            target.subject, f"made.{target.name}", target.account, "made", f"{target.subject}.{action}"
        ),
        values,
    )  # fmt: skip


def create(target: Target, values: Mapping[str, Any]) -> int:
    """Make the records of the rows that found none, with an entry for each."""
    columns = {c.name: c.first for c in target.columns} | dict(target.fixed)
    own = own_fields(target)
    if own:
        columns["custom"] = _custom(own)
    bulk.run(
        f"""INSERT INTO staged_made (subject, id)
            SELECT '{target.subject}', made_id FROM staged WHERE target IS NULL"""
    )
    entry = bulk.journal(
        target.subject, f"made.{target.name}", target.account,
        f"(SELECT *, {target.made_data} AS data FROM made)", f"{target.subject}.{target.imported}",
        at=target.entry_at,
    )  # fmt: skip
    return bulk.run(
        f"""
        WITH made AS (
            INSERT INTO {target.table} (id, {", ".join(columns)})
            SELECT s.made_id, {", ".join(columns.values())}
            FROM staged s WHERE s.target IS NULL
            RETURNING {", ".join(target.told)}
        )
        """
        + entry,
        values,
    )


def upsert(target: Target, values: Mapping[str, Any], *, how: str = TAKE) -> bulk.Written:
    """Change what is known, then add what is new; `compare` went before."""
    bulk.run(bulk.PENDING)
    known = bulk.number("SELECT count(target) FROM staged")
    keep(how)
    differing = change(target, values) if known else 0
    return bulk.Written(create(target, values), differing, known - differing)
