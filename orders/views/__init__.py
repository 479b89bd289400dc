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
from orders.views.catalogue import account_search, product_search
from orders.views.orders import details, new_order, order, orders

__all__ = [
    "account_search", "add_line", "cancel", "change_line", "check", "confirm",
    "deliver", "details", "fix", "hold", "new_order", "order",
    "orders", "override", "product_search", "release", "remove_line", "report",
    "ship",
]  # fmt: skip
