"""Catalogue, prices, stock, quotes, orders, and what follows an order."""

from orders.models.amendment import (
    Amendment,
)
from orders.models.approval import (
    Approval,
    ApprovalRule,
)
from orders.models.care import (
    Care,
    CheckSetting,
    SheetMap,
)
from orders.models.catalogue import (
    Discount,
    ExchangeRate,
    Price,
    PriceList,
    Product,
    TaxClass,
    TaxRate,
)
from orders.models.invoice import (
    Invoice,
    InvoiceLine,
    InvoiceSeries,
)
from orders.models.order import (
    MOVES,
    IllegalMove,
    IssueKind,
    IssueState,
    Order,
    OrderIssue,
    OrderLine,
    PriceSource,
    Status,
)
from orders.models.quote import (
    QUOTE_MOVES,
    REVISION_MOVES,
    LostKind,
    QuoteFamily,
    QuoteLine,
    QuoteMoveRefused,
    QuoteRevision,
    RevisionStatus,
)
from orders.models.shipment import (
    RETURN_MOVES,
    OrderReturn,
    ReturnLine,
    ReturnStatus,
    Shipment,
    ShipmentLine,
)
from orders.models.stock import (
    IncomingStock,
    StockItem,
    StockMove,
    Warehouse,
)

__all__ = [
    "MOVES", "QUOTE_MOVES", "RETURN_MOVES", "REVISION_MOVES", "Amendment", "Approval",
    "ApprovalRule", "Care", "CheckSetting", "Discount", "ExchangeRate", "IllegalMove",
    "IncomingStock", "Invoice", "InvoiceLine", "InvoiceSeries", "IssueKind", "IssueState",
    "LostKind", "Order", "OrderIssue", "OrderLine", "OrderReturn", "Price", "PriceList",
    "PriceSource", "Product", "QuoteFamily", "QuoteLine", "QuoteMoveRefused", "QuoteRevision",
    "ReturnLine", "ReturnStatus", "RevisionStatus", "SheetMap", "Shipment", "ShipmentLine",
    "Status", "StockItem", "StockMove", "TaxClass", "TaxRate", "Warehouse",
]  # fmt: skip
