"""Amazon SES by SNS without Amazon's own library: what is posted here needs none of its calls.

A subscription is confirmed in Amazon's console: the address that Amazon posts for it (SubscribeURL)
is neither called nor kept here. Mail must be published by the receipt rule itself (SNS action), not
put into S3.
"""

from typing import Any

from anymail.webhooks.amazon_ses import (
    AmazonSESBaseWebhookView,
    AmazonSESInboundWebhookView,
    AmazonSESTrackingWebhookView,
)
from anymail.webhooks.base import AnymailBaseWebhookView


class _WithoutCalls(AmazonSESBaseWebhookView):
    def __init__(self, **kwargs: Any) -> None:
        self.auto_confirm_enabled = False
        AnymailBaseWebhookView.__init__(self, **kwargs)


class Inbound(_WithoutCalls, AmazonSESInboundWebhookView):
    """Mail that SES received."""


class Tracking(_WithoutCalls, AmazonSESTrackingWebhookView):
    """What became of mail that SES sent."""
