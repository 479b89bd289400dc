"""Everything that writes the catalogue's stock, quotes and orders."""

from orders.services import (
    amendments,
    approvals,
    backorders,
    intake,
    invoices,
    quotes,
    returns,
    setup,
    shipments,
    stock,
    worklist,
)
from orders.services.bulk_history import HISTORY_CHECKS, find_staged_history, import_history
from orders.services.bulk_orders import (
    FLAT_CHECKS,
    ORDER_CHECKS,
    SPLIT,
    WHOLE_CHECKS,
    find_staged_orders,
    import_orders,
)
from orders.services.bulk_products import (
    PRODUCT_CHECKS,
    find_staged_products,
    import_products,
    name_staged_products,
)
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
    hand_off,
    place,
    promise,
    ship,
    take_back,
)
from orders.services.holds import hold, release
from orders.services.intake import quantity_of
from orders.services.sharing import share
from orders.services.shipments import deliver
from orders.services.stock import adjust, arrive, receive, recount
from orders.services.talking import customer_asks, talk

__all__ = [
    "FLAT_CHECKS",
    "HISTORY_CHECKS",
    "ORDER_CHECKS",
    "PRODUCT_CHECKS",
    "SPLIT",
    "WHOLE_CHECKS",
    "BadLine",
    "Blocked",
    "CannotFix",
    "Closed",
    "Conflicting",
    "NoReason",
    "OnHold",
    "Shortage",
    "UnknownProduct",
    "Unusable",
    "add_line",
    "adjust",
    "amendments",
    "apply_fix",
    "approvals",
    "arrive",
    "backorders",
    "cancel",
    "change_line",
    "check",
    "confirm",
    "create_draft",
    "customer_asks",
    "deliver",
    "find_staged_history",
    "find_staged_orders",
    "find_staged_products",
    "hand_off",
    "hold",
    "import_history",
    "import_orders",
    "import_products",
    "intake",
    "invoices",
    "name_staged_products",
    "override",
    "place",
    "promise",
    "quantity_of",
    "quotes",
    "receive",
    "recount",
    "release",
    "remove_line",
    "report_issue",
    "returns",
    "set_details",
    "setup",
    "share",
    "ship",
    "shipments",
    "stock",
    "take_back",
    "talk",
    "use_list_price",
    "worklist",
]  # fmt: skip
