"""The catalogue: products and their list prices."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from journal import services as journal
from orders.models import Price, PriceList, Product
from orders.queries.prices import portal_day
from orders.services.errors import Conflicting
from people.models import User


class SkuTaken(Conflicting):
    """The SKU belongs to another product."""


@transaction.atomic
def add_product(
    *, by: User, at: datetime, list_price: Decimal | None = None, currency: str = "EUR",
    **fields: Any,
) -> Product:  # fmt: skip
    """A product, and its price on the default list from today.

    :raises SkuTaken: whatever the case of its letters.
    """
    try:
        with transaction.atomic():
            product = Product.objects.create(**fields)
    except IntegrityError as clash:
        raise SkuTaken(f"There is a product {fields['sku']} already.") from clash
    if list_price is not None:
        prices, _ = PriceList.objects.get_or_create(
            currency=currency, is_default=True, defaults={"name": f"List {currency}"}
        )
        Price.objects.create(
            price_list=prices, product=product, amount=list_price, valid_from=portal_day(at)
        )
    journal.record("orders.product.created", product, by=by, at=at)
    return product
