"""What can be imported: records (see kinds_of_records), the catalogue, orders, histories, logs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from desk import services as desk
from imports.fields import Field
from imports.kind import Kind
from imports.kinds_of_records import ACCOUNTS, ACTIVITIES, CONTACTS, DEALS, LEADS, own_fields
from kit import bulk
from orders import services as orders
from orders.models import Status
from people.models import User

ONE: Final = Decimal(1)


def _write_log(
    *, by: User | None, at: datetime, data: str, rules: Any, request_type: Any
) -> bulk.Written:
    return desk.import_log(request_type, rules, by=by, at=at, data=data)


PRODUCTS: Final = Kind(
    "products", "Products", "The catalogue, with list prices and stock", noun="products",
    fields=(
        Field("sku", "SKU", required=True, most=60,
              called=("product code", "article", "article number", "item", "item number",
                      "part number", "product id", "stock code")),
        Field("name", "Name", required=True, called=("product name", "product", "description", "title")),
        Field("external_id", "Id in the other system", most=100, called=("id", "external id")),
        Field("category", "Category", most=100, called=("group", "product group", "series")),
        Field("unit", "Unit", most=60, called=("uom", "quantity per unit", "unit of measure")),
        Field("pack_size", "Pack size", "integer", least=ONE, called=("pack", "packaging unit")),
        Field("minimum_quantity", "Minimum quantity", "integer", least=ONE, called=("moq", "minimum order")),
        Field("lead_time_days", "Lead time, days", "integer", called=("lead time",)),
        Field("discontinued", "Discontinued", "yes_no", called=("inactive",)),
        Field("list_price", "List price", "number", places=4,
              called=("price", "unit price", "sales price")),
        Field("currency", "Currency of the price", most=3, called=("currency",)),
        Field("on_hand", "On hand", "number", places=3,
              called=("stock", "units in stock", "quantity on hand", "qty", "in stock", "inventory")),
        Field("warehouse", "Warehouse", most=20, called=("location", "site")),
        Field("reorder_level", "Reorder level", "number", places=3, called=("reorder point", "minimum stock")),
    ),
    find=orders.find_staged_products, checks=orders.PRODUCT_CHECKS, write=orders.import_products,
)  # fmt: skip
ORDER_LINES: Final = (
    Field("product", "Product", required=True, help="Its id or its SKU",
          called=("product id", "sku", "item", "article", "stock code", "product code", "article number")),
    Field("quantity", "Quantity", "number", required=True, places=3, least=Decimal("0.001"),
          called=("qty", "amount", "units", "pieces")),
    Field("unit_price", "Price for one", "number", required=True, places=4,
          called=("price", "unit price", "net price")),
    Field("discount", "Discount, percent", "number", places=4, top=Decimal(100), fraction=True,
          called=("discount percent", "rebate")),
)  # fmt: skip
ORDERS: Final = Kind(
    "orders", "Orders", "Orders with their lines, dates and status", noun="orders",
    fields=(
        Field("number", "Order number", required=True, most=30,
              called=("order id", "order", "order no", "order nr", "invoice", "invoice no")),
        Field("account", "Account", required=True, help="Its id or its name",
              called=("account id", "customer id", "customer", "company", "customer name", "account name")),
        Field("placed_at", "Ordered on", "instant", required=True,
              called=("order date", "date", "ordered", "created", "created at", "placed on",
                      "invoice date", "purchase timestamp")),
        Field("wanted_on", "Wanted on", "day", called=("required date", "requested date", "wanted", "due date")),
        Field("promised_on", "Promised on", "day", called=("promised date", "estimated delivery date")),
        Field("shipped_at", "Shipped on", "instant", called=("shipped date", "ship date", "shipped")),
        Field("delivered_at", "Delivered on", "instant", called=("delivered date", "delivery date", "delivered")),
        Field("cancelled_at", "Cancelled on", "instant", called=("cancelled date", "cancelled")),
        Field("status", "Status", "choice", called=("order status", "state"),
              choices=tuple(c for c in Status.choices if c[0] not in {"draft", "checked"}),
              synonyms={"canceled": "cancelled", "processing": "confirmed", "open": "confirmed",
                        "complete": "closed", "completed": "closed", "created": "confirmed",
                        "approved": "confirmed", "invoiced": "shipped"}),
        Field("po_number", "PO number", most=60, called=("po", "purchase order", "customer reference")),
        Field("currency", "Currency", most=3),
        Field("rep", "Rep", most=254, help="Name or mail address",
              called=("sales rep", "employee", "salesperson", "agent", "sales agent")),
        Field("ship_name", "Ship to", called=("recipient", "ship to name")),
        Field("ship_street", "Ship-to street", called=("ship address", "shipping address")),
        Field("ship_postcode", "Ship-to postcode", most=20, called=("ship postal code", "ship zip")),
        Field("ship_city", "Ship-to city", most=100),
        Field("ship_country", "Ship-to country", most=60),
    ),
    lines=ORDER_LINES,
    keys={"account_id": "bigint", "rep_id": "bigint", "team_id": "bigint"},
    first_checks=orders.FLAT_CHECKS, split=orders.SPLIT, find=orders.find_staged_orders,
    checks=orders.ORDER_CHECKS, last_checks=orders.WHOLE_CHECKS, write=orders.import_orders,
)  # fmt: skip
SALES: Final = Kind(
    "sales", "Sales history", "Invoices and deliveries of the past: one row a line; what came back "
    "has a quantity below 0", noun="invoices",
    fields=(
        Field("number", "Order or invoice number", "key", required=True, most=30,
              called=("invoice no", "invoiceno", "invoice", "order number", "po so", "po / so #")),
        Field("account", "Account", "key", required=True, most=100, help="Its id or its name; made if unknown",
              called=("customer id", "customerid", "customer", "account id")),
        Field("account_name", "Name of the account", called=("customer name",)),
        Field("country", "Country", most=60),
        Field("product", "Product", "key", required=True, help="Its SKU; made if unknown",
              called=("stock code", "stockcode", "sku", "item")),
        Field("product_name", "Name of the product", most=200, called=("description", "item description")),
        Field("quantity", "Quantity", "number", required=True, places=3, least=Decimal(-10**9),
              called=("qty", "line item quantity")),
        Field("unit_price", "Price for one", "number", required=True, places=4, least=Decimal(-10**9),
              called=("price", "unitprice", "pack price")),
        Field("currency", "Currency", most=3),
        Field("free", "A price of 0 is right", "yes_no"),
        Field("placed_at", "Ordered on", "instant", loose=True,
              called=("invoice date", "invoicedate", "order date", "po sent to vendor date")),
        Field("quote", "Quote number", "key", most=20, called=("pq #", "quote")),
        Field("quote_sent_on", "Quote sent on", "day", loose=True, called=("pq first sent to client date",)),
        Field("scheduled_on", "Promised on", "day", loose=True, called=("scheduled delivery date",)),
        Field("delivered_on", "Delivered on", "day", loose=True, called=("delivered to client date",)),
        Field("shipment", "Delivery note", "key", most=80, called=("asn/dn #", "delivery note")),
    ),
    keys={"account_id": "bigint", "product_id": "bigint"},
    find=orders.find_staged_history, checks=orders.HISTORY_CHECKS, write=orders.import_history,
)  # fmt: skip
REQUEST_LOG: Final = Kind(
    "request-log", "Request log", "What happened in a help desk: one row an event", noun="requests",
    fields=(
        Field("key", "Case", required=True, most=100,
              called=("case", "case id", "case concept name", "ticket", "ticket id", "request",
                      "request id", "incident")),
        Field("activity", "Activity", required=True,
              called=("event", "action", "step", "concept name", "status", "task")),
        Field("at", "Time", "instant", required=True,
              called=("timestamp", "time", "date", "time timestamp", "complete timestamp", "start timestamp")),
        Field("resource", "Who did it", most=150, called=("resource", "user", "agent", "org resource", "employee")),
        Field("subject", "Subject", called=("title", "summary")),
        Field("requester", "Requester", most=150, called=("requested by", "reporter")),
    ),
    checks=desk.LOG_CHECKS, write=_write_log,
)  # fmt: skip
KINDS: Final[Mapping[str, Kind]] = {
    kind.slug: kind
    for kind in (ACCOUNTS, CONTACTS, LEADS, DEALS, ACTIVITIES, PRODUCTS, ORDERS, SALES, REQUEST_LOG)
}
CHOICES: Final = [(kind.slug, kind.label) for kind in KINDS.values()]


def kind_of(slug: str) -> Kind:
    """A kind as it is today: with the fields of the company's own, its stages and its reasons."""
    kind = KINDS[slug]
    if not kind.custom:
        return kind
    fields, checks = own_fields(kind)
    return replace(kind, fields=fields, checks=(*kind.checks, *checks))
