"""Real sales histories: what goes in, what comes back, what is reported, add up to the reference."""

import csv
import gzip
import io
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum

from imports.models import ImportProblem, ImportRun
from orders.models import Order, OrderLine, OrderReturn, QuoteFamily, ReturnLine, Shipment

REFERENCE = {"lines": 541_909, "without_customer": 135_080, "net": Decimal("9747747.93")}


def rows_of(path):
    text = gzip.decompress(path.read_bytes()).decode("utf-8-sig", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return list(csv.DictReader(io.StringIO(text)))


def sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


@pytest.fixture
def retail(db, real_data, tmp_path):
    """Every row of some invoices: bought, cancelled, without a customer, at no price."""
    source = rows_of(real_data / "online_retail" / "online_retail.csv.gz")
    wanted = {"536365", "C536379", "536414", "536545", "C536391", "A563185", "536544"}
    rows = [row for row in source if row["InvoiceNo"] in wanted]
    path = tmp_path / "retail.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path, rows


def take(path, name, **options):
    call_command("import_table", "sales", path, map=name, **options)


class TestRetail:
    def test_cancellations_are_returns_and_bad_lines_are_reported(self, retail):
        path, rows = retail
        take(path, "online_retail", good_rows=True)
        sound = [r for r in rows if r["CustomerID"] and Decimal(r["UnitPrice"]) > 0]
        sold = [r for r in sound if int(r["Quantity"]) > 0]
        back = [r for r in sound if int(r["Quantity"]) < 0]
        assert (OrderLine.objects.count(), ReturnLine.objects.count()) == (len(sold), len(back))
        assert set(OrderReturn.objects.values_list("external_id", flat=True)) == {
            "C536379",
            "C536391",
        }
        bad = ImportProblem.objects.values("row").distinct().count()
        assert bad == len(rows) - len(sold) - len(back) > 0

    def test_nothing_goes_in_unless_one_asks_for_the_good_rows(self, retail):
        with pytest.raises(Exception, match="Nothing was changed"):
            take(retail[0], "online_retail")
        assert not Order.objects.exists()

    def test_a_second_time_changes_nothing(self, retail):
        take(retail[0], "online_retail", good_rows=True)
        before = (Order.objects.count(), OrderLine.objects.count(), ReturnLine.objects.count())
        take(retail[0], "online_retail", good_rows=True)
        again = (Order.objects.count(), OrderLine.objects.count(), ReturnLine.objects.count())
        assert again == before


@pytest.mark.slow
@pytest.mark.django_db
def test_all_of_online_retail_adds_up_to_the_reference(real_data):
    path = real_data / "online_retail" / "online_retail.csv.gz"
    take(path, "online_retail", good_rows=True)
    run = ImportRun.objects.get()
    assert run.rows_read == REFERENCE["lines"]
    assert OrderLine.objects.count() + ReturnLine.objects.count() == run.rows_good
    problems = ImportProblem.objects.filter(run=run)
    without = problems.filter(column="CustomerID").values("row").distinct().count()
    assert without == REFERENCE["without_customer"]
    assert problems.values("row").distinct().count() == run.rows_bad
    net = (
        Order.objects.aggregate(s=Sum("net"))["s"]
        - OrderReturn.objects.aggregate(s=Sum("net"))["s"]
    )
    told = set(problems.values_list("row", flat=True))
    rest = sum(
        (int(r["Quantity"]) * Decimal(r["UnitPrice"])
         for n, r in enumerate(rows_of(path), 2) if n in told),
        Decimal(0),
    )  # fmt: skip
    assert round(net + rest, 2) == REFERENCE["net"]
    assert sql("SELECT count(*) FROM orders_order WHERE number LIKE 'C%'")[0] == 0


class TestDeliveries:
    @pytest.fixture
    def scms(self, db, real_data):
        path = real_data / "scms_deliveries" / "SCMS_Delivery_History_Dataset.csv.gz"
        take(path, "scms_deliveries")
        return path

    def test_lines_orders_and_value_equal_the_reference(self, scms):
        assert (OrderLine.objects.count(), Order.objects.count()) == (10_324, 6_233)
        source = rows_of(scms)
        exact = sum(int(r["Line Item Quantity"]) * Decimal(r["Pack Price"]) for r in source)
        assert OrderLine.objects.aggregate(s=Sum("net"))["s"] == exact

    def test_the_on_time_share_of_lines_equals_the_reference(self, scms):
        on_time, lines = sql("""
            SELECT count(*) FILTER (WHERE h.delivered_at::date <= l.expected_on), count(*)
            FROM orders_shipmentline s JOIN orders_shipment h ON h.id = s.shipment_id
            JOIN orders_orderline l ON l.id = s.line_id
        """)
        assert (lines, round(on_time / lines, 4)) == (10_324, 0.8851)

    def test_quotes_stand_before_their_orders(self, scms):
        assert QuoteFamily.objects.filter(status="won", orders__isnull=False).exists()
        assert QuoteFamily.objects.exclude(revisions__status="accepted").count() == 0
        assert Shipment.objects.filter(delivered_at=None).count() == 0
