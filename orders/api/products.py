"""/api/products/: what we sell, what it costs, what can be promised."""

from typing import Any

import django_filters
from django.db.models import F, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Account
from journal.api import IdempotentMixin
from orders import serializers as shapes
from orders import services
from orders.api.base import KEY, named, person, refusals, said
from orders.models import Product, Warehouse
from orders.queries.availability import promises
from orders.queries.prices import Wanted, buyer, offers, portal_day
from orders.queries.products import with_stock
from orders.services.catalogue import add_product


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
        "price": "orders.view_product", "promise": "orders.view_stockitem",
        "count": "orders.change_stockitem", "receive": "orders.change_stockitem",
        "expect": "orders.change_stockitem",
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
        return _by_warehouse(get_object_or_404(Product, pk=pk))

    @extend_schema(
        parameters=[shapes.PriceQuestionSerializer], responses=shapes.PriceAnswerSerializer,
        filters=False,
    )  # fmt: skip
    @action(detail=True, pagination_class=None, filter_backends=[])
    def price(self, request: Request, pk: str) -> Response:
        """What an account pays for a quantity today, and why."""
        asked = shapes.PriceQuestionSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        account = named(Account.objects.all(), "account", data["account"])
        product = get_object_or_404(Product, pk=pk)
        who = buyer(account, data.get("currency") or account.currency, timezone.now())
        offer = offers(who, [Wanted(data["quantity"], product.pk)])[0]
        told = {
            "currency": who.currency, "list_price": offer.list_price, "why": offer.why,
            "discount_percent": offer.discount,
        }  # fmt: skip
        return Response(shapes.PriceAnswerSerializer(told).data)

    @extend_schema(
        parameters=[OpenApiParameter("by", str, description="A day; today if left out.")],
        responses=shapes.AvailableSerializer, filters=False,
    )  # fmt: skip
    @action(detail=True, pagination_class=None, filter_backends=[])
    def promise(self, request: Request, pk: str) -> Response:
        """What can be promised by a day: free, plus what comes, less what is waited for."""
        product = get_object_or_404(Product, pk=pk)
        today = portal_day(timezone.now())
        text = request.query_params.get("by", "")
        by = serializers.DateField().run_validation(text) if text else today
        can = promises([product.pk], by=by, today=today)[product.pk]
        told = {
            "by": by, "on_hand": can.on_hand, "reserved": can.reserved, "incoming": can.incoming,
            "owed": can.owed, "available": can.available,
        }  # fmt: skip
        return Response(shapes.AvailableSerializer(told).data)

    @extend_schema(request=shapes.CountSerializer, responses=shapes.StockSerializer(many=True))
    @action(detail=True, methods=["post"])
    def count(self, request: Request, pk: str) -> Response:
        """Somebody counted: the difference becomes a move."""
        return self._stock(request, pk, shapes.CountSerializer, services.stock.count, "counted")

    @extend_schema(request=shapes.ReceiptSerializer, responses=shapes.StockSerializer(many=True))
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, pk: str) -> Response:
        """Goods came in."""
        return self._stock(request, pk, shapes.ReceiptSerializer, services.receive, "quantity")

    @extend_schema(request=shapes.ExpectedSerializer, responses=shapes.StockSerializer(many=True))
    @action(detail=True, methods=["post"])
    def expect(self, request: Request, pk: str) -> Response:
        """Goods are on their way."""
        return self._stock(request, pk, shapes.ExpectedSerializer, services.stock.expect,
                           "quantity")  # fmt: skip

    def _stock(self, request: Request, pk: str, shape: Any, verb: Any, amount: str) -> Response:
        product = get_object_or_404(Product, pk=pk)
        data = said(request, shape)
        house = Warehouse.objects.filter(code=data.pop("warehouse")).first()
        if house is None:
            raise serializers.ValidationError({"warehouse": "There is no such warehouse."})
        with refusals():
            verb(product, house, data.pop(amount), by=person(request), at=timezone.now(), **data)
        return _by_warehouse(product)


def _by_warehouse(product: Product) -> Response:
    rows = product.stock.annotate(code=F("warehouse__code")).order_by("code")
    told = [
        {
            "warehouse": item.code, "on_hand": item.on_hand, "reserved": item.reserved,
            "free": item.on_hand - item.reserved,
        }
        for item in rows
    ]  # fmt: skip
    return Response(shapes.StockSerializer(told, many=True).data)
