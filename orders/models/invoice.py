"""What finance asks money for, numbered without gaps."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from crm.models import Account
from orders.models.order import Order, OrderLine
from orders.models.shipment import OrderReturn


class InvoiceSeries(models.Model):
    """The last number of a series; taken under a lock, in the transaction that uses it."""

    code = models.CharField(max_length=10, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.code}{self.last}"


class Invoice(models.Model):
    """An invoice, or the credit note that takes some of one back. Once issued it never changes:
    a mistake is corrected by a credit note."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", "Invoice"
        CREDIT_NOTE = "credit_note", "Credit note"

    class Status(models.TextChoices):
        REQUESTED = "requested", "Requested"
        ISSUED = "issued", "Open"
        PAID = "paid", "Paid"
        CREDITED = "credited", "Credited"

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.INVOICE)
    number = models.CharField(max_length=30, unique=True, null=True)  # noqa: DJ001 - given when issued
    order = models.ForeignKey(Order, models.PROTECT, related_name="invoices")
    account = models.ForeignKey(Account, models.PROTECT, related_name="invoices")
    credits = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="credit_notes"
    )
    order_return = models.ForeignKey(
        OrderReturn, models.PROTECT, null=True, blank=True, related_name="credit_notes"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.REQUESTED)
    currency = models.CharField(max_length=3)
    net = models.DecimalField(max_digits=16, decimal_places=4)
    tax = models.DecimalField(max_digits=16, decimal_places=4)
    gross = models.DecimalField(max_digits=16, decimal_places=4)
    reason = models.CharField(max_length=300, blank=True, default="")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    issued_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    paid_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="orders_invoice_issued_has_a_number_and_days",
                condition=Q(status="requested", number=None)
                | Q(number__isnull=False, issued_on__isnull=False, due_on__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_invoice_adds_up", condition=Q(gross=F("net") + F("tax"))
            ),
            models.CheckConstraint(
                name="orders_invoice_credit_note_credits",
                condition=Q(kind="invoice", credits=None)
                | Q(kind="credit_note", credits__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-requested_at", "-id"], name="orders_invoice_newest"),
            models.Index(fields=["due_on", "id"], name="orders_invoice_open",
                         condition=Q(status="issued")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number or f"{self.get_kind_display()} requested for {self.order.number}"


class InvoiceLine(models.Model):
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="invoiced")
    position = models.PositiveIntegerField()
    text = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    net = models.DecimalField(max_digits=16, decimal_places=4)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="orders_invoiceline_sane",
                condition=Q(quantity__gt=0, unit_price__gte=0, tax_percent__gte=0, net__gte=0),
            ),
            models.UniqueConstraint(
                fields=["invoice", "position"], name="orders_invoiceline_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.text}"
