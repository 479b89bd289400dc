"""/api/requests/, /api/request-types/ and /api/handoffs/"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from desk import queries, services
from desk.api_steps import STEP_PERMISSIONS, StepsMixin
from desk.models import HandOff, RequestType, SalesRequest
from desk.serializers import (
    AnswerBackSerializer,
    BodySerializer,
    DuplicateSerializer,
    EmptySerializer,
    HandOffSerializer,
    MaybeBodySerializer,
    PromiseSerializer,
    RejectionSerializer,
    RequestSerializer,
    RequestTypeSerializer,
    ResolveSerializer,
    SpanSerializer,
    guard,
)
from desk.services import handoff_links
from journal.api import IdempotentMixin
from kit.api import Conflict, parsed
from people.doors import me

PK = r"[0-9]{1,18}"


class RequestFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_fragment", max_length=100)
    status = django_filters.ChoiceFilter(
        choices=[("new", "new"), ("claimed", "claimed"), ("done", "done")]
    )
    type = django_filters.CharFilter(field_name="type__slug", max_length=50)
    account = django_filters.NumberFilter(field_name="account_id", min_value=0, max_value=2**62)
    party = django_filters.CharFilter(max_length=12)

    def by_fragment(self, rows: Any, name: str, value: str) -> Any:  # noqa: ARG002
        return rows.search(value)


class HandOffFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=HandOff.Status.choices)
    order = django_filters.NumberFilter(field_name="order_id", min_value=0, max_value=2**62)
    request = django_filters.NumberFilter(field_name="request_id", min_value=0, max_value=2**62)


class RequestViewSet(
    IdempotentMixin, StepsMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    mixins.CreateModelMixin, viewsets.GenericViewSet[SalesRequest],
):  # fmt: skip
    """What reps ask of the desk."""

    queryset = SalesRequest.objects.all()
    serializer_class = RequestSerializer
    filterset_class = RequestFilter
    lookup_value_regex = PK
    permissions = {
        "list": "desk.view_salesrequest", "retrieve": "desk.view_salesrequest",
        "custody": "desk.view_salesrequest", "create": "desk.add_salesrequest",
        "claim": "desk.claim_salesrequest", "take_next": "desk.claim_salesrequest",
        "release": "desk.claim_salesrequest", "ask": "desk.work_queue", "reply": "desk.work_queue",
        "resolve": "desk.work_queue", "duplicate": "desk.work_queue",
        "answer": "desk.add_salesrequest", "reopen": "desk.add_salesrequest",
        "withdraw": "desk.add_salesrequest", "create_order": "orders.add_order",
        "create_meeting": "meetings.add_meeting", "create_quote": "orders.add_quotefamily",
        **STEP_PERMISSIONS,
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[SalesRequest]:
        if getattr(self, "swagger_fake_view", False):
            return SalesRequest.objects.none()
        rows = SalesRequest.objects.visible_to(me(self.request))
        return rows.select_related("type__policy", "type__team__calendar")

    def _say(self, row: SalesRequest) -> Response:
        row.refresh_from_db()
        return Response(RequestSerializer(row, context=self.get_serializer_context()).data)

    def _mine(self, row: SalesRequest) -> None:
        user = me(self.request)
        if row.requester_id != user.pk and not user.has_perm("desk.work_queue"):
            raise PermissionDenied("Only the one who asked can do this.")

    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def claim(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        parsed(request, EmptySerializer)
        guard(lambda: services.claim(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @action(detail=False, methods=["post"], url_path="take-next", serializer_class=EmptySerializer)
    def take_next(self, request: Request) -> Response:
        """The most urgent request that nobody has; 409 when there is none."""
        parsed(request, EmptySerializer)
        row = services.take_next(by=me(request), at=timezone.now())
        if row is None:
            raise Conflict("Nothing waits to be taken.", "empty")
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def release(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        parsed(request, EmptySerializer)
        guard(lambda: services.release(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=BodySerializer)
    def ask(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Ask the requester: custody goes there, the promise waits."""
        row, said = self.get_object(), parsed(request, BodySerializer)
        guard(
            lambda: services.ask_requester(
                row, body=said["body"], by=me(request), at=timezone.now()
            )
        )
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=BodySerializer)
    def answer(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """The requester answers: custody comes back."""
        row, said = self.get_object(), parsed(request, BodySerializer)
        if row.requester_id != me(request).pk:
            raise PermissionDenied("Only the one who asked can answer.")
        guard(lambda: services.answer(row, body=said["body"], by=me(request), at=timezone.now()))
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=AnswerBackSerializer)
    def reply(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row, said = self.get_object(), parsed(request, AnswerBackSerializer)
        guard(lambda: services.reply(row, by=me(request), at=timezone.now(), **said))
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=ResolveSerializer)
    def resolve(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Done; 409 while a department or the checklist is open, unless `override` says why."""
        row, said = self.get_object(), parsed(request, ResolveSerializer)
        guard(lambda: services.resolve(row, by=me(request), at=timezone.now(), **said))
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=MaybeBodySerializer)
    def reopen(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row, said = self.get_object(), parsed(request, MaybeBodySerializer)
        self._mine(row)
        guard(lambda: services.reopen(row, by=me(request), at=timezone.now(), **said))
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def withdraw(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        parsed(request, EmptySerializer)
        self._mine(row)
        guard(lambda: services.withdraw(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=DuplicateSerializer)
    def duplicate(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row, said = self.get_object(), parsed(request, DuplicateSerializer)
        guard(
            lambda: services.mark_duplicate(row, of=said["of"], by=me(request), at=timezone.now())
        )
        return self._say(row)

    @action(
        detail=True, methods=["post"], url_path="create-order", serializer_class=EmptySerializer
    )
    def create_order(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        parsed(request, EmptySerializer)
        guard(lambda: services.create_order(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @action(
        detail=True, methods=["post"], url_path="create-quote", serializer_class=EmptySerializer
    )
    def create_quote(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        parsed(request, EmptySerializer)
        guard(lambda: services.create_quote(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @action(
        detail=True, methods=["post"], url_path="create-meeting", serializer_class=EmptySerializer
    )
    def create_meeting(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        parsed(request, EmptySerializer)
        guard(lambda: services.create_meeting(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @extend_schema(responses=SpanSerializer(many=True))
    @action(
        detail=True,
        methods=["get"],
        serializer_class=SpanSerializer,
        filterset_class=None,
        pagination_class=None,
    )
    def custody(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Who held it and how long; the seconds add up to its age."""
        row = self.get_object()
        spans = queries.custody(row, row.resolved_at or timezone.now())
        return Response(SpanSerializer(spans, many=True).data)


class RequestTypeViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[RequestType]
):
    """The types of request, with the fields that each asks for."""

    queryset = RequestType.objects.filter(is_active=True)
    serializer_class = RequestTypeSerializer
    lookup_field = "slug"
    lookup_value_regex = r"[-a-zA-Z0-9_]{1,50}"
    permissions = {"list": "desk.view_salesrequest", "retrieve": "desk.view_salesrequest"}


class HandOffViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    viewsets.GenericViewSet[HandOff],
):  # fmt: skip
    """What the desk asks of departments."""

    queryset = HandOff.objects.all()
    serializer_class = HandOffSerializer
    filterset_class = HandOffFilter
    lookup_value_regex = PK
    permissions = {
        "list": "desk.view_handoff", "retrieve": "desk.view_handoff", "create": "desk.add_handoff",
        "nudge": "desk.add_handoff", "withdraw": "desk.add_handoff",
        "accept": "desk.answer_handoff", "reject": "desk.answer_handoff",
        "done": "desk.answer_handoff",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[HandOff]:
        if getattr(self, "swagger_fake_view", False):
            return HandOff.objects.none()
        return HandOff.objects.visible_to(me(self.request)).select_related("department")

    def _say(self, row: HandOff) -> Response:
        row.refresh_from_db()
        return Response(HandOffSerializer(row, context=self.get_serializer_context()).data)

    @action(detail=True, methods=["post"], serializer_class=PromiseSerializer)
    def accept(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row, said = self.get_object(), parsed(request, PromiseSerializer)
        guard(lambda: services.accept_handoff(row, by=me(request), at=timezone.now(), **said))
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=RejectionSerializer)
    def reject(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row, said = self.get_object(), parsed(request, RejectionSerializer)
        guard(lambda: services.reject_handoff(row, by=me(request), at=timezone.now(), **said))
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def done(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        parsed(request, EmptySerializer)
        guard(lambda: services.finish_handoff(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def nudge(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Remind the department now, by a fresh link."""
        row = self.get_object()
        parsed(request, EmptySerializer)
        guard(lambda: handoff_links.nudge(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def withdraw(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """The desk does not need it any more."""
        row = self.get_object()
        parsed(request, EmptySerializer)
        guard(lambda: services.withdraw_handoff(row, by=me(request), at=timezone.now()))
        return self._say(row)


routes = [
    ("requests", RequestViewSet),
    ("request-types", RequestTypeViewSet),
    ("handoffs", HandOffViewSet),
]
