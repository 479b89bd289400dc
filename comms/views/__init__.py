"""Doors of conversations: what left by mail, what is attached."""

from comms.views.deliveries import deliveries, delivery, send_again

__all__ = ["deliveries", "delivery", "send_again"]
