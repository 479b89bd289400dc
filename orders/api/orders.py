"""/api/orders/: drafted, checked, confirmed, changed, handed off, shipped."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Account, Contact
from journal.api import IdempotentMixin
from orders import serializers as shapes
from orders import services
from orders.api.base import KEY, READ, WRITE, named, person, refusals, said
from orders.models import Order, QuoteFamily, Status
from orders.queries.payload import order_row, placed_row
from people.models import User


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
        "remove_line": WRITE, "report": WRITE, "add_rows": WRITE, "repeat": "orders.add_order",
        "hold": WRITE, "release": WRITE, "promise": WRITE, "amend": WRITE, "say": WRITE,
        "ask_approval": WRITE,
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
        data = said(request, shapes.NewOrderSerializer)
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
        data = said(request, shapes.NewLineSerializer)
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

    @extend_schema(request=shapes.RowsSerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"], url_path="add-rows")
    def add_rows(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Many lines at once, as text cells; every bad row is named, and nothing is added unless
        `skip_bad` says so."""
        order = self.get_object()
        data = said(request, shapes.RowsSerializer)
        rows = list(enumerate(data["rows"], 1))
        with refusals():
            services.intake.add_rows(
                order, rows, skip_bad=data["skip_bad"], by=person(request), at=timezone.now()
            )
        return self._again(order)

    @extend_schema(request=shapes.EmptySerializer, responses={201: shapes.OrderSerializer})
    @action(detail=True, methods=["post"])
    def repeat(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """A draft like this order, at the prices of today."""
        order = self.get_object()
        said(request, shapes.EmptySerializer)
        with refusals():
            made = services.intake.repeat(order, by=person(request), at=timezone.now())
        return Response(order_row(made), status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.HoldSerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.hold, shapes.HoldSerializer)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.release)

    @extend_schema(request=shapes.PromisedSerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def promise(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Promise a day, or move it and say why: the customer's page shows both."""
        return self._do(request, services.promise, shapes.PromisedSerializer)

    @extend_schema(request=shapes.AmendSerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def amend(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Change a confirmed order; a rule may ask for an approval first."""
        return self._do(request, services.amendments.propose, shapes.AmendSerializer)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"], url_path="ask-approval")
    def ask_approval(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.approvals.ask_for_order)

    @extend_schema(request=shapes.SaySerializer, responses=shapes.OrderSerializer)
    @action(detail=True, methods=["post"])
    def say(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """A message on the order; to the customer it leaves by mail."""
        return self._do(request, services.talk, shapes.SaySerializer)

    def _do(self, request: Request, verb: Any, shape: Any = shapes.EmptySerializer) -> Response:
        order = self.get_object()
        data = said(request, shape)
        with refusals():
            verb(order, by=person(request), at=timezone.now(), **data)
        return self._again(order)

    def _issue(self, request: Request, verb: Any, shape: Any) -> Response:
        order = self.get_object()
        data = said(request, shape)
        issue = named(order.issues.select_related("order"), "issue", data.pop("issue"))
        with refusals():
            verb(issue, by=person(request), at=timezone.now(), **data)
        return self._again(order)

    def _line(self, request: Request, verb: Any, shape: Any) -> Response:
        order = self.get_object()
        data = said(request, shape)
        line = named(order.lines.select_related("order"), "line", data.pop("line"))
        with refusals():
            verb(line, by=person(request), at=timezone.now(), **data)
        return self._again(order)

    def _again(self, order: Order) -> Response:
        order.refresh_from_db()
        return Response(order_row(order))
