"""Numbers of invoices under load: none twice, none missing."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from orders import services
from orders.models import Invoice, InvoiceSeries
from orders.services import invoices
from tests import factories


class Lost(Exception):
    """Whatever goes wrong after a number was taken."""


def lose_every_third(n):
    if n % 3 == 1:
        raise Lost


@pytest.mark.django_db(transaction=True)
class TestNumbersUnderLoad:
    """Eight at once, of which every third fails after it took its number."""

    @pytest.fixture
    def rows(self, role_groups, coordinator, now):
        account = factories.AccountFactory()
        order = services.create_draft(account, lines=[], by=coordinator, at=now)
        return [
            Invoice.objects.create(
                order=order, account=account, currency="EUR", net=0, tax=0, gross=0,
                requested_at=now,
            )
            for _ in range(8)
        ]  # fmt: skip

    def at_once(self, rows, take):
        gate = Barrier(len(rows))

        def work(n):
            gate.wait()
            try:
                with transaction.atomic():
                    take(rows[n])
                    lose_every_third(n)
            except Lost:
                pass
            finally:
                connection.close()

        with ThreadPoolExecutor(len(rows)) as pool:
            list(pool.map(work, range(len(rows))))

    def numbers(self):
        found = Invoice.objects.filter(number__isnull=False).values_list("number", flat=True)
        return sorted(int(number.rsplit("-")[-1]) for number in found)

    def test_what_fails_leaves_no_gap(self, rows, coordinator, now):
        self.at_once(rows, lambda row: invoices.issue(row, by=coordinator, at=now))
        assert self.numbers() == [1, 2, 3, 4, 5]
        assert InvoiceSeries.objects.get().last == 5

    def test_numbers_of_a_sequence_would(self, rows, now):
        """The control: the same eight, with a sequence."""
        with connection.cursor() as sql:
            sql.execute("CREATE SEQUENCE invoice_try")

        def take(row):
            with connection.cursor() as sql:
                sql.execute("SELECT nextval('invoice_try')")
                number = f"TRY-{sql.fetchone()[0]}"
            Invoice.objects.filter(pk=row.pk).update(
                number=number, status="issued", issued_on=now.date(), due_on=now.date()
            )

        try:
            self.at_once(rows, take)
            assert len(self.numbers()) == 5
            assert self.numbers() != [1, 2, 3, 4, 5]
        finally:
            with connection.cursor() as sql:
                sql.execute("DROP SEQUENCE invoice_try")

    def test_without_the_series_lock_two_would_get_one_number(
        self, rows, coordinator, now, monkeypatch
    ):
        """The control: reading the last number without waiting for whoever took it."""
        InvoiceSeries.objects.create(code="INV-2026", last=0)
        seen = Barrier(len(rows))

        def naive(_kind, _today):
            last = InvoiceSeries.objects.get(code="INV-2026").last
            seen.wait()
            return f"INV-2026-{last + 1:05d}"

        monkeypatch.setattr(invoices, "_next_number", naive)
        with pytest.raises(Exception, match="number"):
            self.at_once(rows, lambda row: invoices.issue(row, by=coordinator, at=now))
