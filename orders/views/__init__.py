"""Pages of orders, quotes and stock."""

from orders.views.actions import (
    add_line,
    cancel,
    change_line,
    check,
    confirm,
    deliver,
    fix,
    hold,
    override,
    release,
    remove_line,
    report,
    ship,
)
from orders.views.catalogue import account_search, product_search, stock
from orders.views.orders import details, new_order, order, orders
from orders.views.quotes import (
    decline_quote,
    new_quote,
    order_from_quote,
    quote,
    quotes,
    send_quote,
)

__all__ = [
    "account_search", "add_line", "cancel", "change_line", "check", "confirm", "decline_quote",
    "deliver", "details", "fix", "hold", "new_order", "new_quote", "order", "order_from_quote",
    "orders", "override", "product_search", "quote", "quotes", "release", "remove_line", "report",
    "send_quote", "ship", "stock",
]  # fmt: skip
