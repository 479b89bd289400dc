"""Numbers and days of custom fields stand in a table of their own, kept by the database itself."""

from datetime import date
from decimal import Decimal

import pytest

from crm.models import Account, CustomValue
from kit.search import trigrams
from tests import factories

pytestmark = pytest.mark.django_db


def kept(*rows):
    found = CustomValue.objects.filter(kind="account", row_id__in=[row.pk for row in rows])
    return {(one.row_id, one.key): one.number or one.day for one in found}


def test_many_new_records_keep_theirs_by_one_statement():
    rows = Account.objects.bulk_create(
        Account(name=f"Berg {n}", created_at="2026-01-01T00:00Z", custom={"fleet": n, "since": "2026-02-03"})
        for n in (1, 2.5, 3)
    )  # fmt: skip
    assert kept(*rows) == {
        (row.pk, key): value
        for row, number in zip(rows, ("1", "2.5", "3"), strict=True)
        for key, value in (("fleet", Decimal(number)), ("since", date(2026, 2, 3)))
    }


@pytest.mark.parametrize(
    "said",
    [
        {}, {"size": "large"}, {"since": "2026-02-30"}, {"since": "9999-99-99"}, {"fleet": 10**24},
        {"k" * 41: 5}, {"fleet": None}, {"fleet": [1]}, {"fleet": {"is": 1}}, {"fleet": True},
    ],
)  # fmt: skip
def test_what_is_no_number_and_no_day_is_kept_in_the_record_alone(said):
    row = factories.AccountFactory(custom=said)
    assert kept(row) == {}
    row.refresh_from_db()
    assert row.custom == said


def test_a_change_and_a_removal_are_followed():
    row = factories.AccountFactory(custom={"fleet": 5})
    row.custom = {"fleet": 6, "since": "2026-02-03"}
    row.save()
    assert kept(row) == {(row.pk, "fleet"): 6, (row.pk, "since"): date(2026, 2, 3)}
    row.delete()
    assert not CustomValue.objects.exists()


@pytest.mark.parametrize(
    "name", ["", "ab", "abc", "Žluťoučký kůň", "x" * 18, "Northgate Water Works 17", "a-b " * 49]
)
def test_the_database_finds_the_same_runs_of_letters_as_python(name):
    with_runs = "SELECT id, portal_trigrams(%s) AS runs FROM crm_account"
    factories.AccountFactory()
    (row,) = Account.objects.raw(with_runs, [name])
    assert sorted(set(row.runs)) == trigrams(name)
