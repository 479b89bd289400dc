"""/api/products/, /api/quotes/ and /api/orders/"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Account, Contact
from journal.api import IdempotentMixin
from kit.api import Conflict, Refused
from orders import serializers as shapes
from orders import services
from orders.models import IllegalMove, Order, Product, QuoteFamily, QuoteMoveRefused, Status
from orders.queries.payload import order_row, placed_row
from orders.queries.prices import portal_day
from orders.queries.products import with_stock
from orders.services.catalogue import add_product
from people.models import User

READ, WRITE = "orders.view_order", "orders.change_order"
KEY = r"[0-9]{1,18}"


@contextmanager
def refusals() -> Iterator[None]:
    """Expected refusals of services as 409 (state) and 422 (content)."""
    try:
        yield
    except (services.Conflicting, IllegalMove, QuoteMoveRefused) as refusal:
        raise Conflict(str(refusal), type(refusal).__name__.lower()) from refusal
    except services.Unusable as refusal:
        raise Refused(str(refusal), type(refusal).__name__.lower()) from refusal


def named(rows: QuerySet[Any], name: str, pk: int | None) -> Any:
    """The row that a key in the body names; None for none.

    :raises ValidationError: if there is no such row.
    """
    if pk is None:
        return None
    row = rows.filter(pk=pk).first()
    if row is None:
        raise serializers.ValidationError({name: "There is no such row."})
    return row


def person(request: Request) -> User:
    """Who asks; the permissions let nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class OrderFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=Status.choices)
    account = django_filters.NumberFilter(field_name="account_id", min_value=0, max_value=2**62)
    number = django_filters.CharFilter(max_length=30)
    po_number = django_filters.CharFilter(max_length=60)


class OrderViewSet(IdempotentMixin, mixins.ListModelMixin, viewsets.GenericViewSet[Order]):
    """Orders: drafted, checked, confirmed with reserved stock, handed off, shipped."""

    queryset = Order.objects.all()
    serializer_class = shapes.OrderRowSerializer
    filterset_class = OrderFilter
    lookup_value_regex = KEY
    permissions = {
        "list": READ, "retrieve": READ, "create": "orders.add_order", "check": WRITE,
        "confirm": WRITE, "hand_off": WRITE, "override": "orders.override_check", "fix": WRITE,
        "ship": WRITE, "deliver": WRITE, "cancel": WRITE, "lines": WRITE, "change_line": WRITE,
        "remove_line": WRITE, "report": WRITE,
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Order]:
        if not isinstance(self.request.user, User):
            return Order.objects.none()
        return Order.objects.visible_to(self.request.user)

    @extend_schema(responses=shapes.OrderSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return Response(order_row(self.get_object()))

    @extend_schema(request=shapes.NewOrderSerializer, responses={201: shapes.OrderSerializer})
    def create(self, request: Request) -> Response:
        """Create; with `check` and `confirm` the whole way in one call.

        When checks find something that blocks, the order is kept as a draft: see `status` and
        `issues` of the reply.
        """
        data = self._body(request, shapes.NewOrderSerializer)
        user = person(request)
        account = named(Account.objects.all(), "account", data.pop("account"))
        contacts = Contact.objects.filter(account=account)
        data["contact"] = named(contacts, "contact", data.get("contact"))
        data["quote"] = named(
            QuoteFamily.objects.filter(account=account), "quote", data.get("quote")
        )
        data["rep"] = named(User.objects.all(), "rep", data.get("rep"))
        with refusals():
            order, issues = services.place(
                account, lines=data.pop("lines", []), by=user, at=timezone.now(),
                team_id=user.team_id, **data,
            )  # fmt: skip
        return Response(placed_row(order, issues), status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.check)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.confirm)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"], url_path="hand-off")
    def hand_off(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.hand_off)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def ship(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.ship)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def deliver(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.deliver)

    @extend_schema(request=shapes.ReasonSerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.cancel, shapes.ReasonSerializer)

    @extend_schema(request=shapes.ReportSerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def report(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """An error that came out after hand-off."""
        return self._do(request, services.report_issue, shapes.ReportSerializer)

    @extend_schema(request=shapes.OverrideSerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def override(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._issue(request, services.override, shapes.OverrideSerializer)

    @extend_schema(request=shapes.FixChoiceSerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def fix(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Apply one of the fixes that an issue offers."""
        return self._issue(
            request,
            lambda issue, *, fix, by, at: services.apply_fix(issue, fix, by=by, at=at),
            shapes.FixChoiceSerializer,
        )

    @extend_schema(request=shapes.NewLineSerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def lines(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Add a line."""
        order = self.get_object()
        data = self._body(request, shapes.NewLineSerializer)
        product = data.pop("product_id", None) or data.pop("sku")
        with refusals():
            services.add_line(order, product=product, by=person(request), at=timezone.now(), **data)
        return Response(order_row(order))

    @extend_schema(request=shapes.ChangedLineSerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"], url_path="change-line")
    def change_line(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._line(request, services.change_line, shapes.ChangedLineSerializer)

    @extend_schema(request=shapes.RemovedLineSerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"], url_path="remove-line")
    def remove_line(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._line(request, services.remove_line, shapes.RemovedLineSerializer)

    def _do(self, request: Request, verb: Any, shape: Any = shapes.EmptySerializer) -> Response:
        order = self.get_object()
        data = self._body(request, shape)
        with refusals():
            verb(order, by=person(request), at=timezone.now(), **data)
        return self._again(order)

    def _issue(self, request: Request, verb: Any, shape: Any) -> Response:
        order = self.get_object()
        data = self._body(request, shape)
        issue = named(order.issues.select_related("order"), "issue", data.pop("issue"))
        with refusals():
            verb(issue, by=person(request), at=timezone.now(), **data)
        return self._again(order)

    def _line(self, request: Request, verb: Any, shape: Any) -> Response:
        order = self.get_object()
        data = self._body(request, shape)
        line = named(order.lines.select_related("order"), "line", data.pop("line"))
        with refusals():
            verb(line, by=person(request), at=timezone.now(), **data)
        return self._again(order)

    def _again(self, order: Order) -> Response:
        order.refresh_from_db()
        return Response(order_row(order))

    def _body(self, request: Request, shape: Any) -> dict[str, Any]:
        serializer = shape(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class ProductFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_fragment", max_length=100)
    sku = django_filters.CharFilter(lookup_expr="iexact", max_length=60)
    discontinued = django_filters.BooleanFilter()

    def by_fragment(self, rows: Any, name: str, value: str) -> Any:  # noqa: ARG002
        return rows.search(value)


class ProductViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Product],
):  # fmt: skip
    """What we sell, with free stock over all warehouses and today's list price."""

    queryset = Product.objects.all()
    serializer_class = shapes.ProductSerializer
    filterset_class = ProductFilter
    lookup_value_regex = KEY
    permissions = {
        "list": "orders.view_product", "retrieve": "orders.view_product",
        "create": "orders.add_product", "stock": "orders.view_stockitem",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Product]:
        return with_stock(Product.objects.all(), "EUR", portal_day(timezone.now()))

    @extend_schema(request=shapes.NewProductSerializer, responses={201: shapes.ProductSerializer})
    def create(self, request: Request) -> Response:
        serializer = shapes.NewProductSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with refusals():
            made = add_product(by=person(request), at=timezone.now(), **serializer.validated_data)
        row = self.get_queryset().get(pk=made.pk)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=shapes.StockSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def stock(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """By warehouse."""
        product = get_object_or_404(Product, pk=pk)
        rows = product.stock.annotate(code=F("warehouse__code")).order_by("code")
        told = [
            {
                "warehouse": item.code, "on_hand": item.on_hand, "reserved": item.reserved,
                "free": item.on_hand - item.reserved,
            }
            for item in rows
        ]  # fmt: skip
        return Response(shapes.StockSerializer(told, many=True).data)


class QuoteFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=QuoteFamily.Status.choices)
    account = django_filters.NumberFilter(field_name="account_id", min_value=0, max_value=2**62)


class QuoteViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[QuoteFamily],
):  # fmt: skip
    """Quotes, one for each deal."""

    queryset = QuoteFamily.objects.all()
    serializer_class = shapes.QuoteSerializer
    filterset_class = QuoteFilter
    lookup_value_regex = KEY
    permissions = {
        "list": "orders.view_quotefamily", "retrieve": "orders.view_quotefamily",
        "create": "orders.add_quotefamily", "send": "orders.change_quotefamily",
        "decline": "orders.change_quotefamily",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[QuoteFamily]:
        if not isinstance(self.request.user, User):
            return QuoteFamily.objects.none()
        return QuoteFamily.objects.visible_to(self.request.user)

    @extend_schema(request=shapes.NewQuoteSerializer, responses={201: shapes.QuoteSerializer})
    def create(self, request: Request) -> Response:
        serializer = shapes.NewQuoteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = dict(serializer.validated_data)
        account = named(Account.objects.all(), "account", data.pop("account"))
        with refusals():
            made = services.quotes.create(account, by=person(request), at=timezone.now(), **data)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.QuoteSerializer)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        quote = self.get_object()
        shapes.EmptySerializer(data=request.data).is_valid(raise_exception=True)
        with refusals():
            services.quotes.send(quote, by=person(request), at=timezone.now())
        return Response(self.get_serializer(quote).data)

    @extend_schema(request=shapes.ReasonSerializer, responses=shapes.QuoteSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        quote = self.get_object()
        serializer = shapes.ReasonSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        reason = serializer.validated_data.get("reason", "")
        with refusals():
            services.quotes.decline(quote, reason=reason, by=person(request), at=timezone.now())
        return Response(self.get_serializer(quote).data)


routes = [("products", ProductViewSet), ("quotes", QuoteViewSet), ("orders", OrderViewSet)]
