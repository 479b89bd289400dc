"""Everything that writes the catalogue's stock, quotes and orders."""

from orders.services import quotes
from orders.services.bulk_orders import (
    FLAT_CHECKS,
    ORDER_CHECKS,
    SPLIT,
    WHOLE_CHECKS,
    find_staged_orders,
    import_orders,
)
from orders.services.bulk_products import PRODUCT_CHECKS, find_staged_products, import_products
from orders.services.checking import check, override, report_issue
from orders.services.drafts import (
    add_line,
    change_line,
    create_draft,
    remove_line,
    set_details,
    use_list_price,
)
from orders.services.errors import (
    BadLine,
    Blocked,
    CannotFix,
    Closed,
    Conflicting,
    NoReason,
    OnHold,
    Shortage,
    UnknownProduct,
    Unusable,
)
from orders.services.fixes import apply as apply_fix
from orders.services.flow import (
    cancel,
    confirm,
    deliver,
    hand_off,
    hold,
    place,
    promise,
    release,
    ship,
    take_back,
)
from orders.services.stock import adjust, arrive, receive, recount

__all__ = [
    "FLAT_CHECKS", "ORDER_CHECKS", "PRODUCT_CHECKS", "SPLIT", "WHOLE_CHECKS", "BadLine", "Blocked",
    "CannotFix", "Closed", "Conflicting", "NoReason", "OnHold", "Shortage", "UnknownProduct",
    "Unusable", "add_line", "adjust", "apply_fix", "arrive", "cancel", "change_line", "check",
    "confirm", "create_draft", "deliver", "find_staged_orders", "find_staged_products", "hand_off",
    "hold", "import_orders", "import_products", "override", "place", "promise", "quotes", "receive",
    "recount", "release", "remove_line", "report_issue", "set_details", "ship", "take_back",
    "use_list_price",
]  # fmt: skip
