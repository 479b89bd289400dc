"""The API of the trade: one module for each part of it."""

from orders.api.fulfilment import InvoiceViewSet, ReturnViewSet, ShipmentViewSet, WorklistViewSet
from orders.api.orders import OrderViewSet
from orders.api.products import ProductViewSet
from orders.api.quotes import ApprovalViewSet, QuoteViewSet

routes = [
    ("products", ProductViewSet),
    ("quotes", QuoteViewSet),
    ("approvals", ApprovalViewSet),
    ("orders", OrderViewSet),
    ("worklist", WorklistViewSet),
    ("shipments", ShipmentViewSet),
    ("returns", ReturnViewSet),
    ("invoices", InvoiceViewSet),
]
