"""What a file did to the records, taken back: fields put back where nobody changed them since, and
records taken away on which nothing hangs."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Count

from crm.models import Account, Activity, Contact, Deal, DealLine, DealStage, Lead
from crm.services import bulk_upsert as upsert
from crm.services.bulk import ACCOUNTS, CONTACTS
from crm.services.bulk_deals import DEALS, PRICE_OF_ONE_LINE
from crm.services.bulk_leads import ACTIVITIES, LEADS
from crm.services.bulk_upsert import Target
from journal import services as journal
from journal.models import Entry
from kit import bulk
from people.models import User

TARGETS: Final[Mapping[str, Target]] = {
    target.subject: target for target in (ACTIVITIES, DEALS, LEADS, CONTACTS, ACCOUNTS)
}
MODELS: Final[Mapping[str, type[models.Model]]] = {
    "crm.activity": Activity, "crm.deal": Deal, "crm.lead": Lead, "crm.contact": Contact,
    "crm.account": Account,
}  # fmt: skip
HANGING: Final = " belong to it."
PARTS: Final = (DealStage, DealLine)  # of a deal; they go with it
# They hold together: a stage without its day of closing is no state that a deal can be in.
_STAGE: Final = (
    "('stage_id', 'status', 'closed_at', 'stage_since', 'pipeline_id', 'lost_reason_id')"
)


@transaction.atomic
def put_back(
    subject: str,
    rows: Sequence[tuple[int, Mapping[str, Any]]],
    *,
    by: User,
    at: datetime,
    data: str,
) -> dict[int, list[str]]:
    """Put the fields of records back to what they were before a file changed them.

    :param rows: (key of the record, {column: [before, after]}).
    :return: {key: columns that somebody changed since, which stay}; a record that is gone has none
        of its columns put back.
    """
    target = TARGETS[subject]
    kept = _judge(target, rows)
    if subject == "crm.deal":
        for statement in _HISTORY:
            bulk.run(statement)
    upsert.change(target, bulk.actor(by, at, data))
    if subject == "crm.deal":
        bulk.run(PRICE_OF_ONE_LINE)
    bulk.run("DROP TABLE staged_delta")
    return kept


def _judge(target: Target, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> dict[int, list[str]]:
    """Fill `staged_delta` with the ways back that are open; returns the columns that stay."""
    custom = "left(e.key, 7) = 'custom.' THEN b.custom -> substr(e.key, 8)"
    with connection.cursor() as sql:
        sql.execute("DROP TABLE IF EXISTS staged_delta")
        sql.execute(
            "CREATE TEMP TABLE staged_delta (subject text, row bigint, id bigint, delta jsonb)"
        )
        sql.execute(
            f"""
            WITH x AS MATERIALIZED (
                SELECT * FROM jsonb_to_recordset(%s::jsonb) AS x (id bigint, delta jsonb)
            ), looked AS MATERIALIZED (
                SELECT x.id, e.key, e.value, CASE WHEN {custom if target.custom else "false THEN NULL"}
                    ELSE to_jsonb(b) -> e.key END IS NOT DISTINCT FROM e.value -> 1 AS same
                FROM x JOIN {target.table} b ON b.id = x.id CROSS JOIN jsonb_each(x.delta) e
            ), judged AS MATERIALIZED (
                SELECT id, key, value, same AND (key NOT IN {_STAGE} OR bool_and(same)
                    FILTER (WHERE key IN {_STAGE}) OVER (PARTITION BY id)) AS same FROM looked
            ), told AS (
                INSERT INTO staged_delta (subject, row, id, delta)
                SELECT %s, 0, id, jsonb_object_agg(key, jsonb_build_array(value -> 1, value -> 0))
                FROM judged WHERE same GROUP BY id
            )
            SELECT x.id, array_agg(k.key) FROM x CROSS JOIN jsonb_object_keys(x.delta) k (key)
            WHERE NOT EXISTS (SELECT FROM judged j WHERE j.id = x.id AND j.key = k.key AND j.same)
            GROUP BY x.id
            """,
            [json.dumps([{"id": pk, "delta": delta} for pk, delta in rows]), target.subject],
        )
        return {pk: sorted(names) for pk, names in sql.fetchall()}


_HISTORY: Final = (
    """
    DELETE FROM crm_dealstage h USING staged_delta x JOIN crm_deal d ON d.id = x.id
    WHERE x.delta ? 'stage_id' AND h.deal_id = d.id AND h.to_at IS NULL AND h.stage_id = d.stage_id
    """,
    """
    UPDATE crm_dealstage h SET to_at = NULL FROM staged_delta x
    WHERE x.delta ? 'stage_id' AND h.deal_id = x.id
      AND h.id = (SELECT o.id FROM crm_dealstage o WHERE o.deal_id = x.id ORDER BY o.from_at DESC, o.id DESC LIMIT 1)
    """,
)


@transaction.atomic
def take_away(
    subject: str, ids: Collection[int], *, by: User, at: datetime, data: Mapping[str, Any]
) -> dict[int, str]:
    """Take records away that a file made, where nobody did anything with them since.

    :param data: {"import": key of the run}; entries that have it are the file's own.
    :return: {key: why it stays}.
    """
    model = MODELS[subject]
    rows = {row.pk: row for row in model._default_manager.select_for_update().filter(pk__in=ids)}
    why = {pk: "It is not there any more." for pk in ids if pk not in rows}
    why |= _changed_since(subject, list(rows), data)
    why |= {pk: words for pk, words in _hanging(model, list(rows)).items() if pk not in why}
    gone = [row for pk, row in rows.items() if pk not in why]
    journal.record_many(
        model,
        [{"action": f"{subject}.taken_away", "id": row.pk, "name": str(row),
          "account": row.pk if subject == "crm.account" else getattr(row, "account_id", None),
          "data": dict(data)} for row in gone],
        by=by, at=at,
    )  # fmt: skip
    model._default_manager.filter(pk__in=[row.pk for row in gone]).delete()
    return why


def _changed_since(subject: str, ids: list[int], data: Mapping[str, Any]) -> dict[int, str]:
    entries = Entry.objects.filter(subject_type=subject, subject_id__in=ids)
    rows = entries.exclude(data__contains=dict(data)).order_by("pk")
    return {
        pk: f"{name or 'The portal'} changed it on {at:%d %b %Y}."
        for pk, name, at in rows.values_list("subject_id", "actor_name", "at")
    }


def _hanging(model: type[models.Model], ids: list[int]) -> dict[int, str]:
    """{key: words} of the records to which something else belongs."""
    counts: dict[int, dict[str, int]] = {}
    for other, column in _pointing(model):
        for pk, many in _count(other.filter(**{f"{column}__in": ids}), column):
            name = str(
                other.model._meta.verbose_name_plural
                if many > 1
                else other.model._meta.verbose_name
            )
            counts.setdefault(pk, {})[name] = many
    return {
        pk: f"{', '.join(f'{many} {name}' for name, many in found.items())}"[:280] + HANGING
        for pk, found in counts.items()
    }


def _count(rows: Any, column: str) -> Any:
    return rows.order_by().values_list(column).annotate(many=Count("pk"))


def _pointing(model: type[models.Model]) -> list[tuple[Any, str]]:
    """(rows, column) of every table that points to the model, by a key or by its name."""
    found: list[tuple[Any, str]] = []
    for relation in model._meta.get_fields(include_hidden=True):
        if (relation.one_to_many or relation.one_to_one) and relation.auto_created:
            other: Any = relation.related_model
            if other not in PARTS:
                found.append((models.QuerySet(other), relation.field.attname))  # type: ignore[union-attr]
    label = model._meta.label_lower
    for other in apps.get_models():
        names = {f.name for f in other._meta.get_fields()}
        if {"subject_type", "subject_id"} <= names and other is not Entry:
            found.append((models.QuerySet(other).filter(subject_type=label), "subject_id"))
    return found
