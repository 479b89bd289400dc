"""Rows for tests, with believable values; traits instead of fixtures."""

from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from crm import services as crm
from crm.models import Account, Contact, Stage
from orders.models import Price, PriceList, Product, StockItem, StockMove, Warehouse
from people.models import Department, Team, User, WorkingCalendar

EARLY = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class CalendarFactory(DjangoModelFactory):
    class Meta:
        model = WorkingCalendar

    name = factory.Sequence(lambda n: f"Office {n}")


class TeamFactory(DjangoModelFactory):
    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"Desk {n}")
    calendar = factory.SubFactory(CalendarFactory)


class DepartmentFactory(DjangoModelFactory):
    class Meta:
        model = Department

    slug = factory.Sequence(lambda n: f"department-{n}")
    name = factory.Sequence(lambda n: f"Department {n}")
    calendar = factory.SubFactory(CalendarFactory)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = "!"


def member(role, **fields):
    """A user in the group of `role`."""
    user = UserFactory(**fields)
    user.groups.add(Group.objects.get(name=role.value))
    return user


class AccountFactory(DjangoModelFactory):
    class Meta:
        model = Account

    class Params:
        on_hold = factory.Trait(credit_hold=True, credit_hold_reason="Three invoices overdue")

    name = factory.Sequence(lambda n: f"Northgate Water {n}")
    street = "Pump Lane 1"
    postcode = "LS1 4AP"
    city = "Leeds"
    country = "United Kingdom"
    created_at = EARLY


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    account = factory.SubFactory(AccountFactory)
    name = "Claire Ashworth"
    email = factory.Sequence(lambda n: f"claire{n}@northgate.example")
    created_at = EARLY


class ProductFactory(DjangoModelFactory):
    class Meta:
        model = Product

    sku = factory.Sequence(lambda n: f"VM-{n:04d}")
    name = factory.Sequence(lambda n: f"Vertical multistage pump VM {n}")


def default_price_list(currency="EUR"):
    return PriceList.objects.get_or_create(
        currency=currency, is_default=True, defaults={"name": f"List {currency}"}
    )[0]


def priced_product(*, amount="100.00", stock=0, warehouse=None, **fields):
    """A product on the default list, with `stock` pieces received in a warehouse."""
    product = ProductFactory(**fields)
    Price.objects.create(
        price_list=default_price_list(),
        product=product,
        amount=Decimal(amount),
        valid_from=date(2026, 1, 1),
    )
    warehouse = warehouse or Warehouse.objects.get_or_create(code="RTM", name="Rotterdam")[0]
    item = StockItem.objects.create(product=product, warehouse=warehouse, on_hand=stock)
    if stock:
        StockMove.objects.create(item=item, kind="receipt", quantity=stock, at=EARLY)
    return product


def stage_named(name, pipeline=None):
    """A stage of the first pipeline, made when there is none."""
    from crm.defaults import ensure_pipeline

    return Stage.objects.get(pipeline=pipeline or ensure_pipeline(), name=name)


def deal(*, by, at, account=None, stage="Prospecting", **fields):
    """A deal through the service, in a stage by its name."""
    fields.setdefault("name", "Pumps for the new hall")
    return crm.open_deal(
        account=account or AccountFactory(), stage=stage_named(stage), by=by, at=at, **fields
    )


def activity(by, words, *, at, kind="call", **fields):
    """Something that was done, about a new account unless told otherwise."""
    if "lead" not in fields:
        fields.setdefault("account", AccountFactory())
    return crm.log_activity(kind=kind, by=by, at=at, text=words, **fields)
