"""Orders, their lines, and what checks and people found wrong with them."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from crm.models import Account, Contact
from orders.models.catalogue import Product
from orders.models.quote import QuoteFamily, QuoteLine
from orders.models.stock import Warehouse
from people.models import Team, User


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    CHECKED = "checked", "Checked"
    CONFIRMED = "confirmed", "Confirmed"
    HANDED_OFF = "handed_off", "Handed off"
    SHIPPED = "shipped", "Shipped"
    DELIVERED = "delivered", "Delivered"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


# Every status is a key, so a dead end is written down rather than forgotten.
MOVES: Final[Mapping[Status, frozenset[Status]]] = {
    Status.DRAFT: frozenset({Status.CHECKED, Status.CANCELLED}),
    Status.CHECKED: frozenset({Status.DRAFT, Status.CONFIRMED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.HANDED_OFF, Status.CANCELLED}),
    Status.HANDED_OFF: frozenset({Status.CONFIRMED, Status.SHIPPED, Status.CANCELLED}),
    Status.SHIPPED: frozenset({Status.DELIVERED}),
    Status.DELIVERED: frozenset({Status.CLOSED}),
    Status.CLOSED: frozenset(),
    Status.CANCELLED: frozenset(),
}


OWED: Final = ("confirmed", "handed_off", "shipped")


class IllegalMove(Exception):
    """The table has no such move from here; the message is fit for people to read."""


class OrderQuerySet(models.QuerySet["Order"]):
    def open(self) -> "OrderQuerySet":
        return self.exclude(status__in=[Status.DELIVERED, Status.CLOSED, Status.CANCELLED])

    def owed(self) -> "OrderQuerySet":
        """Confirmed and not yet delivered: what the customer owes us for, against the limit."""
        return self.filter(status__in=OWED)

    def visible_to(self, user: User) -> "OrderQuerySet":
        """Reps see their own and their team's orders, and those of their accounts; desk and
        departments see all."""
        if user.has_perm("orders.change_order") or user.department_id is not None:
            return self
        mine = Q(rep=user) | Q(account__owner=user)
        return self.filter(mine | Q(team=user.team_id) if user.team_id is not None else mine)

    def newest_first(self) -> "OrderQuerySet":
        return self.order_by("-placed_at", "-pk")


class Order(models.Model):
    """What a customer orders; the number is given once and never reused."""

    number = models.CharField(max_length=30, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="orders")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True)
    quote = models.ForeignKey(
        QuoteFamily, models.PROTECT, null=True, blank=True, related_name="orders"
    )
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    coordinator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, null=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    po_number = models.CharField("PO number", max_length=60, blank=True)
    wanted_on = models.DateField(null=True, blank=True)
    promised_on = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    net = models.DecimalField(max_digits=16, decimal_places=4, default=0)
    ship_name = models.CharField(max_length=200, blank=True)
    ship_street = models.CharField(max_length=200, blank=True)
    ship_postcode = models.CharField(max_length=20, blank=True)
    ship_city = models.CharField(max_length=100, blank=True)
    ship_country = models.CharField(max_length=60, blank=True)
    hold_reason = models.CharField(max_length=200, blank=True)
    held_until = models.DateField(null=True, blank=True)
    held_at = models.DateTimeField(null=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    payment_terms = models.CharField(max_length=60, blank=True, default="", db_default="")
    instructions = models.CharField(max_length=500, blank=True, default="", db_default="")
    # A release is for this very content: the hash covers the lines, and the database makes it anew.
    approval_needed = models.BooleanField(default=False, db_default=False)
    content_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    approved_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    link_key = models.CharField(
        max_length=24, blank=True, default="", db_default="",
        help_text="In the customer's link; empty until somebody shares one.",
    )  # fmt: skip
    source = models.CharField(max_length=12, default="portal")
    external_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - unique when given
    version = models.PositiveIntegerField(default=1)
    placed_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    handed_off_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        permissions = [
            ("override_check", "Can override a check with a reason"),
            ("decide_approval", "Can approve quotes and orders"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                name="orders_order_external_id_once",
                condition=Q(external_id__isnull=False),
            ),
            models.CheckConstraint(name="orders_order_net_not_negative", condition=Q(net__gte=0)),
            models.CheckConstraint(
                name="orders_order_confirmed_has_a_time",
                condition=Q(status__in=["draft", "checked", "cancelled"])
                | Q(confirmed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-placed_at", "-id"], name="orders_order_newest"),
            models.Index(fields=["account", "-placed_at"], name="orders_order_account"),
            models.Index(fields=["rep", "-placed_at"], name="orders_order_rep"),
            models.Index(fields=["coordinator", "-placed_at"], name="orders_order_coordinator"),
            models.Index(
                OpClass(Upper("po_number"), name="text_pattern_ops"),
                name="orders_order_po_beginning",
                condition=~Q(po_number=""),
            ),
            models.Index(
                fields=["account", "po_number"], name="orders_order_po", condition=~Q(po_number="")
            ),
            models.Index(
                fields=["account"],
                include=["net", "currency"],
                name="orders_order_owed",
                condition=Q(status__in=OWED),
            ),
            models.Index(fields=["id"], name="orders_order_held", condition=~Q(hold_reason="")),
            models.Index(
                fields=["promised_on", "id"],
                name="orders_order_under_way",
                condition=Q(status__in=["confirmed", "handed_off"]),
            ),
            models.Index(  # the age of what is not shipped, on KPI pages
                fields=["placed_at"],
                name="orders_order_not_shipped",
                condition=Q(status__in=["draft", "checked", "confirmed", "handed_off"]),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def move(self, to: Status) -> None:
        """Go to another status, if the table has that move.

        :raises IllegalMove: with words for the person who tried.
        """
        here = Status(self.status)
        if to not in MOVES[here]:
            raise IllegalMove(
                f"{self.number} is {here.label.lower()}; it cannot become {to.label.lower()}."
            )
        self.status = to


class PriceSource(models.TextChoices):
    LIST = "list", "List"
    QUOTE = "quote", "Quote"
    AGREEMENT = "agreement", "Agreement"
    MANUAL = "manual", "Typed by hand"
    IMPORT = "import", "Imported"


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, models.PROTECT, related_name="order_lines")
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    price_source = models.CharField(max_length=10, choices=PriceSource, default=PriceSource.LIST)
    list_price = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    net = models.DecimalField(max_digits=16, decimal_places=4)
    reserved = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    shipped = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    quote_line = models.ForeignKey(
        QuoteLine, models.SET_NULL, null=True, blank=True, related_name="order_lines"
    )
    price_why = models.CharField(max_length=200, blank=True, default="", db_default="")
    expected_on = models.DateField(
        null=True, blank=True, help_text="When what could not be reserved is promised."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orders_orderline_position"),
            models.CheckConstraint(
                name="orders_orderline_sane",
                condition=Q(
                    quantity__gt=0,
                    unit_price__gte=0,
                    discount_percent__gte=0,
                    discount_percent__lte=100,
                    reserved__gte=0,
                    reserved__lte=F("quantity") - F("shipped"),
                    shipped__gte=0,
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["product"],
                name="orders_orderline_owed",
                condition=Q(reserved__lt=F("quantity") - F("shipped")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"


class IssueKind(models.TextChoices):
    AVAILABILITY = "availability", "Availability"
    PRICE = "price", "Price"
    CREDIT = "credit", "Credit"
    SHIP_TO = "ship_to", "Ship-to"
    DUPLICATE_PO = "duplicate_po", "Duplicate PO"
    PACK_SIZE = "pack_size", "Pack size"
    WRONG_ITEM = "wrong_item", "Wrong item"
    QUANTITY = "quantity", "Quantity"
    DATE = "date", "Date"
    TERMS = "terms", "PO or terms"
    DOCUMENT = "document", "Missing document"
    APPROVAL = "approval", "Approval"
    CONTACT = "contact", "Contact"
    REGULATED = "regulated", "Export or hazard"
    DISCONTINUED = "discontinued", "Discontinued"
    DAMAGED = "damaged", "Damaged"
    DEFECT = "defect", "Defect"


class IssueState(models.TextChoices):
    OPEN = "open", "Open"
    FIXED = "fixed", "Fixed"
    OVERRIDDEN = "overridden", "Overridden"
    REPORTED = "reported", "Reported later"


class OrderIssue(models.Model):
    """Something wrong with an order. Found by a check before hand-off and fixed, it is a save;
    reported after hand-off, it counts against accuracy if the coordinator caused it."""

    class Cause(models.TextChoices):
        COORDINATOR = "coordinator", "Coordinator"
        REP = "rep", "Rep"
        CUSTOMER = "customer", "Customer"
        WAREHOUSE = "warehouse", "Warehouse"
        CARRIER = "carrier", "Carrier"
        SYSTEM = "system", "System"

    order = models.ForeignKey(Order, models.CASCADE, related_name="issues")
    line = models.ForeignKey(OrderLine, models.CASCADE, null=True, related_name="issues")
    kind = models.CharField(max_length=20, choices=IssueKind)
    blocks = models.BooleanField(default=True)
    state = models.CharField(max_length=12, choices=IssueState, default=IssueState.OPEN)
    message = models.CharField(max_length=400)
    data = models.JSONField(default=dict)
    cause = models.CharField(max_length=12, choices=Cause.choices, blank=True)
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    override_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="orders_orderissue_override_says_why",
                condition=~Q(state="overridden") | ~Q(override_reason=""),
            )
        ]
        indexes = [
            models.Index(fields=["order", "state"], name="orders_orderissue_order"),
            models.Index(
                fields=["found_at", "id"],
                name="orders_orderissue_blocking",
                condition=Q(state="open", blocks=True),
            ),
        ]

    def __str__(self) -> str:
        return self.message
