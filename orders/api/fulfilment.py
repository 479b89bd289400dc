"""/api/shipments/, /api/returns/, /api/invoices/ and /api/worklist/."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from journal.api import IdempotentMixin
from orders import serializers as shapes
from orders import services
from orders.api.base import KEY, READ, WRITE, named, person, refusals, said
from orders.models import Invoice, Order, OrderReturn, Shipment
from orders.queries.billing import may_settle
from orders.queries.prices import portal_day
from orders.queries.worklist import KINDS, worklist
from people.models import User


class Visible(IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Rows of orders that the person may see."""

    lookup_value_regex = KEY

    def orders(self) -> QuerySet[Order]:
        user = self.request.user  # type: ignore[attr-defined]
        return Order.objects.visible_to(user) if isinstance(user, User) else Order.objects.none()


def amounts(rows: list[dict[str, Any]] | None) -> dict[int, Any]:
    """{line: quantity} of a body's lines.

    :raises ValidationError: for a line that is named twice: which of them is meant?
    """
    found = {row["line"]: row["quantity"] for row in rows or ()}
    if len(found) != len(rows or ()):
        raise serializers.ValidationError({"lines": "A line is named twice."})
    return found


def settler(request: Request) -> User:
    """Who issues, pays and credits.

    :raises PermissionDenied: for members of other departments than finance.
    """
    user = person(request)
    if not may_settle(user):
        raise PermissionDenied
    return user


class ShipmentViewSet(Visible, viewsets.GenericViewSet[Shipment]):
    """What left the house."""

    queryset = Shipment.objects.all()
    serializer_class = shapes.ShipmentSerializer
    filterset_fields = ("order",)
    permissions = {"list": READ, "retrieve": READ, "create": "orders.add_shipment",
                   "deliver": "orders.add_shipment"}  # fmt: skip

    def get_queryset(self) -> QuerySet[Shipment]:
        return Shipment.objects.filter(order__in=self.orders()).prefetch_related("lines")

    @extend_schema(request=shapes.NewShipmentSerializer, responses={201: shapes.ShipmentSerializer})
    def create(self, request: Request) -> Response:
        """Ship some lines, or all that is left when none are named."""
        data = said(request, shapes.NewShipmentSerializer)
        order = named(self.orders(), "order", data.pop("order"))
        lines = data.pop("lines", None)
        with refusals():
            made = services.shipments.ship_part(
                order, quantities=None if lines is None else amounts(lines), by=person(request),
                at=timezone.now(), **data,
            )  # fmt: skip
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.ProofSerializer, responses=shapes.ShipmentSerializer)
    @action(detail=True, methods=["post"])
    def deliver(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Proof of delivery."""
        row = self.get_object()
        data = said(request, shapes.ProofSerializer)
        with refusals():
            services.shipments.deliver_shipment(row, by=person(request), at=timezone.now(), **data)
        return Response(self.get_serializer(row).data)


class ReturnViewSet(Visible, viewsets.GenericViewSet[OrderReturn]):
    """Goods that come back."""

    queryset = OrderReturn.objects.all()
    serializer_class = shapes.ReturnSerializer
    filterset_fields = ("order", "status")
    permissions = {"list": READ, "retrieve": READ, "create": WRITE, "approve": WRITE,
                   "refuse": WRITE, "receive": WRITE, "close": WRITE}  # fmt: skip

    def get_queryset(self) -> QuerySet[OrderReturn]:
        rows = OrderReturn.objects.prefetch_related("lines")
        if isinstance(self.request.user, User) and self.request.user.has_perm(WRITE):
            return rows
        return rows.filter(order__in=self.orders())

    @extend_schema(request=shapes.NewReturnSerializer, responses={201: shapes.ReturnSerializer})
    def create(self, request: Request) -> Response:
        data = said(request, shapes.NewReturnSerializer)
        order = named(self.orders(), "order", data.pop("order"))
        wanted = amounts(data.pop("lines"))
        with refusals():
            made = services.returns.ask(
                order, quantities=wanted, by=person(request), at=timezone.now(), **data
            )
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.ReturnSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.returns.approve, shapes.EmptySerializer)

    @extend_schema(request=shapes.ReasonSerializer, responses=shapes.ReturnSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        reason = said(request, shapes.ReasonSerializer).get("reason", "")
        with refusals():
            services.returns.refuse(row, reason=reason, by=person(request), at=timezone.now())
        return Response(self.get_serializer(row).data)

    @extend_schema(request=shapes.ReceivedSerializer, responses=shapes.ReturnSerializer)
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """The goods are here; `restocked` goes back into stock."""
        row = self.get_object()
        back = amounts(said(request, shapes.ReceivedSerializer)["restocked"])
        with refusals():
            services.returns.receive(row, restocked=back, by=person(request), at=timezone.now())
        return Response(self.get_serializer(row).data)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.ReturnSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.returns.close, shapes.EmptySerializer)

    def _do(self, request: Request, verb: Any, shape: Any) -> Response:
        row = self.get_object()
        said(request, shape)
        with refusals():
            verb(row, by=person(request), at=timezone.now())
        return Response(self.get_serializer(row).data)


class InvoiceViewSet(Visible, viewsets.GenericViewSet[Invoice]):
    """Invoices and credit notes."""

    queryset = Invoice.objects.all()
    serializer_class = shapes.InvoiceSerializer
    filterset_fields = ("order", "status", "kind")
    permissions = {
        "list": "orders.view_invoice", "retrieve": "orders.view_invoice",
        "create": "orders.add_invoice", "issue": "orders.change_invoice",
        "pay": "orders.change_invoice", "credit": "orders.change_invoice",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Invoice]:
        return Invoice.objects.filter(order__in=self.orders()).prefetch_related("lines")

    @extend_schema(request=shapes.NewInvoiceSerializer, responses={201: shapes.InvoiceSerializer})
    def create(self, request: Request) -> Response:
        """Ask finance to invoice what left the house and is on no invoice yet."""
        data = said(request, shapes.NewInvoiceSerializer)
        order = named(self.orders(), "order", data["order"])
        with refusals():
            made = services.invoices.request(order, by=person(request), at=timezone.now())
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.InvoiceSerializer)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        said(request, shapes.EmptySerializer)
        with refusals():
            services.invoices.issue(row, by=settler(request), at=timezone.now())
        return Response(self.get_serializer(row).data)

    @extend_schema(request=shapes.PaidSerializer, responses=shapes.InvoiceSerializer)
    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        data = said(request, shapes.PaidSerializer)
        with refusals():
            services.invoices.pay(row, by=settler(request), at=timezone.now(), **data)
        return Response(self.get_serializer(row).data)

    @extend_schema(request=shapes.CreditSerializer, responses={201: shapes.InvoiceSerializer})
    @action(detail=True, methods=["post"])
    def credit(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """A credit note over these lines, or without any over what a return brought back, or over
        all that is left."""
        row = self.get_object()
        data = said(request, shapes.CreditSerializer)
        lines = data.pop("lines", None)
        mine = OrderReturn.objects.filter(order=row.order_id)
        back = named(mine, "order_return", data.pop("order_return", None))
        with refusals():
            made = services.invoices.credit(
                row, quantities=None if lines is None else amounts(lines), by=settler(request),
                at=timezone.now(), order_return=back, **data,
            )  # fmt: skip
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)


class WorklistViewSet(IdempotentMixin, viewsets.GenericViewSet[Order]):
    """Every order that cannot go on, by what stops it."""

    queryset = Order.objects.none()
    pagination_class = None
    serializer_class = shapes.StuckSerializer
    permissions = {"list": WRITE, "assign": WRITE, "snooze": WRITE}

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, enum=list(KINDS)),
            OpenApiParameter("snoozed", bool, description="Those that sleep, instead of the rest."),
        ],
        responses=shapes.StuckSerializer(many=True), filters=False,
    )  # fmt: skip
    def list(self, request: Request) -> Response:
        """Oldest first, at most 200."""
        kind = request.query_params.get("kind", "")
        if kind and kind not in KINDS:
            raise serializers.ValidationError({"kind": "There is no such exception."})
        asleep = request.query_params.get("snoozed", "").lower() in {"1", "true"}
        found = worklist(today=portal_day(timezone.now()), kind=kind, sleeping=asleep)
        return Response(shapes.StuckSerializer(found.rows, many=True).data)

    @extend_schema(request=shapes.AssignSerializer, responses=shapes.CountedSerializer)
    @action(detail=False, methods=["post"])
    def assign(self, request: Request) -> Response:
        data = said(request, shapes.AssignSerializer)
        owner = named(User.objects.active(), "owner", data["owner"])
        keys = services.worklist.parse_keys(data["keys"])
        count = services.worklist.assign(keys, owner=owner, by=person(request), at=timezone.now())
        return Response({"count": count})

    @extend_schema(request=shapes.SnoozeSerializer, responses=shapes.CountedSerializer)
    @action(detail=False, methods=["post"])
    def snooze(self, request: Request) -> Response:
        data = said(request, shapes.SnoozeSerializer)
        keys = services.worklist.parse_keys(data.pop("keys"))
        with refusals():
            count = services.worklist.snooze(keys, by=person(request), at=timezone.now(), **data)
        return Response({"count": count})
