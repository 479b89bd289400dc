"""What conversations are about in these tests."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from orders import services as orders
from tests import factories

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x06\0\0\0" + b"\0" * 40


@pytest.fixture
def contact(rep):
    account = factories.AccountFactory(name="Northgate Water", owner=rep)
    return factories.ContactFactory(
        account=account, name="Claire Ashworth", email="claire@northgate.example"
    )


@pytest.fixture
def order(contact, coordinator, now):
    product = factories.priced_product(stock=50)
    row, _ = orders.place(
        contact.account, lines=[{"product_id": product.pk, "quantity": 2}], by=coordinator, at=now,
        contact=contact, check=False, confirm=False,
    )  # fmt: skip
    return row


@pytest.fixture
def picture():
    return lambda name="plan.png": SimpleUploadedFile(name, PNG, content_type="image/png")


@pytest.fixture
def note():
    return lambda name="note.txt": SimpleUploadedFile(name, b"Gate 4, before noon.\n")


@pytest.fixture
def here():
    return lambda row: f"/threads/for/{row._meta.label_lower}/{row.pk}/"
