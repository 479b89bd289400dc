"""Catalogue, prices, stock, quotes and orders."""

from orders.models.catalogue import Price, PriceList, Product
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
from orders.models.quote import QUOTE_MOVES, QuoteFamily, QuoteMoveRefused
from orders.models.stock import IncomingStock, StockItem, StockMove, Warehouse

__all__ = [
    "MOVES",
    "QUOTE_MOVES",
    "IllegalMove",
    "IncomingStock",
    "IssueKind",
    "IssueState",
    "Order",
    "OrderIssue",
    "OrderLine",
    "Price",
    "PriceList",
    "PriceSource",
    "Product",
    "QuoteFamily",
    "QuoteMoveRefused",
    "Status",
    "StockItem",
    "StockMove",
    "Warehouse",
]
