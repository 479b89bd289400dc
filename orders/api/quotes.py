"""/api/quotes/ and /api/approvals/."""

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
from orders.api.base import KEY, named, person, refusals, said
from orders.models import Approval, QuoteFamily, QuoteRevision
from orders.queries.payload import order_row
from people.models import User


class QuoteFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=QuoteFamily.Status.choices)
    account = django_filters.NumberFilter(field_name="account_id", min_value=0, max_value=2**62)


CHANGE = "orders.change_quotefamily"


class QuoteViewSet(
    IdempotentMixin, mixins.ListModelMixin, viewsets.GenericViewSet[QuoteFamily],
):  # fmt: skip
    """Quotes, one for each deal, with their revisions."""

    queryset = QuoteFamily.objects.all()
    serializer_class = shapes.QuoteSerializer
    filterset_class = QuoteFilter
    lookup_value_regex = KEY
    permissions = {
        "list": "orders.view_quotefamily", "retrieve": "orders.view_quotefamily",
        "create": "orders.add_quotefamily", "content": CHANGE, "revise": CHANGE,
        "clone": "orders.add_quotefamily", "ask_approval": CHANGE, "send": CHANGE,
        "accept": CHANGE, "decline": CHANGE, "confirm_late": CHANGE, "refuse_late": CHANGE,
        "order": "orders.add_order",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[QuoteFamily]:
        if not isinstance(self.request.user, User):
            return QuoteFamily.objects.none()
        return QuoteFamily.objects.visible_to(self.request.user)

    @extend_schema(responses=shapes.WholeQuoteSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._whole(self.get_object())

    @extend_schema(request=shapes.NewQuoteSerializer, responses={201: shapes.WholeQuoteSerializer})
    def create(self, request: Request) -> Response:
        data = said(request, shapes.NewQuoteSerializer)
        account = named(Account.objects.all(), "account", data.pop("account"))
        contacts = Contact.objects.filter(account=account)
        data["contact"] = named(contacts, "contact", data.get("contact"))
        with refusals():
            made = services.quotes.create(account, by=person(request), at=timezone.now(), **data)
        return self._whole(made, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.ContentSerializer, responses=shapes.WholeQuoteSerializer)
    @action(detail=True, methods=["post"])
    def content(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Replace the lines and the header of the newest draft."""
        quote = self.get_object()
        data = said(request, shapes.ContentSerializer)
        lines = data.pop("lines", None)
        with refusals():
            services.quotes.set_content(
                self._newest(quote), lines=lines, by=person(request), at=timezone.now(), **data
            )
        return self._whole(quote)

    @extend_schema(request=shapes.OptionSerializer, responses=shapes.WholeQuoteSerializer)
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """A new draft of the newest revision; with an `option`, an alternative beside it."""
        return self._do(request, services.quotes.revise, shapes.OptionSerializer)

    @extend_schema(request=shapes.EmptySerializer, responses={201: shapes.WholeQuoteSerializer})
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """The newest revision as the draft of another deal."""
        quote = self.get_object()
        said(request, shapes.EmptySerializer)
        with refusals():
            made = services.quotes.clone(quote, by=person(request), at=timezone.now())
        return self._whole(made, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.WholeQuoteSerializer)
    @action(detail=True, methods=["post"], url_path="ask-approval")
    def ask_approval(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        quote = self.get_object()
        said(request, shapes.EmptySerializer)
        with refusals():
            services.quotes.ask_approval(self._newest(quote), by=person(request), at=timezone.now())
        return self._whole(quote)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.WholeQuoteSerializer)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.quotes.send)

    @extend_schema(request=shapes.AcceptSerializer, responses=shapes.WholeQuoteSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """The customer said yes by phone or mail: to this revision, with this content."""
        quote = self.get_object()
        data = said(request, shapes.AcceptSerializer)
        revision = named(quote.revisions.all(), "revision", data.pop("revision"))
        revision.family = quote
        with refusals():
            services.quotes.accept(revision, address=None, at=timezone.now(), **data)
        return self._whole(quote)

    @extend_schema(request=shapes.ReasonSerializer, responses=shapes.WholeQuoteSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        quote = self.get_object()
        data = said(request, shapes.ReasonSerializer)
        with refusals():
            services.quotes.decline(
                quote, reason=data.get("reason", ""), by=person(request), at=timezone.now()
            )
        return self._whole(quote)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.WholeQuoteSerializer)
    @action(detail=True, methods=["post"], url_path="confirm-late")
    def confirm_late(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.quotes.confirm_late)

    @extend_schema(request=shapes.EmptySerializer, responses=shapes.WholeQuoteSerializer)
    @action(detail=True, methods=["post"], url_path="refuse-late")
    def refuse_late(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._do(request, services.quotes.refuse_late)

    @extend_schema(request=shapes.ConvertSerializer, responses={201: shapes.OrderSerializer})
    @action(detail=True, methods=["post"])
    def order(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """A draft order with all that is left of the quote, or with these quantities."""
        quote = self.get_object()
        data = said(request, shapes.ConvertSerializer)
        lines = data.get("lines")
        wanted = None if lines is None else {x["line"]: x["quantity"] for x in lines}
        with refusals():
            made = services.quotes.convert(
                quote, by=person(request), at=timezone.now(), quantities=wanted,
                po_number=data.get("po_number", ""),
            )  # fmt: skip
        return Response(order_row(made), status=status.HTTP_201_CREATED)

    def _do(self, request: Request, verb: Any, shape: Any = shapes.EmptySerializer) -> Response:
        quote = self.get_object()
        data = said(request, shape)
        with refusals():
            verb(quote, by=person(request), at=timezone.now(), **data)
        return self._whole(quote)

    def _newest(self, quote: QuoteFamily) -> QuoteRevision:
        row = quote.revisions.order_by("-number").first()
        if row is None:
            raise services.Unusable("This quote has no revision.")
        row.family = quote
        return row

    def _whole(self, quote: QuoteFamily, code: int = status.HTTP_200_OK) -> Response:
        quote.refresh_from_db()
        return Response(shapes.WholeQuoteSerializer(quote).data, status=code)


class ApprovalViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Approval],
):  # fmt: skip
    """Questions to approvers; a decision is about exactly the content that was asked about."""

    queryset = Approval.objects.all()
    serializer_class = shapes.ApprovalSerializer
    filterset_fields = ("status",)
    lookup_value_regex = KEY
    permissions = {
        "list": "orders.change_order", "retrieve": "orders.change_order",
        "approve": "orders.decide_approval", "reject": "orders.decide_approval",
        "decide_many": "orders.decide_approval",
    }  # fmt: skip

    @extend_schema(request=shapes.NoteSerializer, responses=shapes.ApprovalSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._decide(request, approve=True)

    @extend_schema(request=shapes.NoteSerializer, responses=shapes.ApprovalSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._decide(request, approve=False)

    @extend_schema(request=shapes.ManySerializer, responses=shapes.DecisionSerializer(many=True))
    @action(detail=False, methods=["post"], url_path="approve-many", pagination_class=None)
    def decide_many(self, request: Request) -> Response:
        """Approve several; each stands or falls by itself."""
        keys = said(request, shapes.ManySerializer)["approvals"]
        outcomes = []
        for row in Approval.objects.filter(pk__in=keys).order_by("pk"):
            try:
                services.approvals.decide(
                    row, approve=True, note="", by=person(request), at=timezone.now()
                )
                outcomes.append({"approval": row.pk, "status": row.status, "problem": ""})
            except services.Conflicting as refusal:
                outcomes.append({"approval": row.pk, "status": row.status, "problem": str(refusal)})
        return Response(outcomes)

    def _decide(self, request: Request, *, approve: bool) -> Response:
        row = self.get_object()
        note = said(request, shapes.NoteSerializer).get("note", "")
        with refusals():
            services.approvals.decide(
                row, approve=approve, note=note, by=person(request), at=timezone.now()
            )
        row.refresh_from_db()
        return Response(self.get_serializer(row).data)
