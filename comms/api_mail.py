"""/api/deliveries/, /api/suppressions/ and /api/senders/"""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from comms import deciding, services
from comms.models import Delivery, Sender, Suppression
from journal.api import IdempotentMixin
from kit.api import Conflict, StrictModelSerializer, StrictSerializer
from people.doors import me


class DeliverySerializer(StrictModelSerializer[Delivery]):
    """A mail that is owed or left. What was written to a colleague only she reads."""

    body = serializers.SerializerMethodField()
    bounce = serializers.ChoiceField(
        choices=Delivery.Bounce.choices, allow_blank=True, read_only=True
    )

    class Meta:
        model = Delivery
        fields = ["id", "channel", "provider", "recipient", "recipient_name", "contact", "subject", "body",
                  "status", "problem", "due_at", "sent_at", "attempts", "arrived_at", "bounce", "bounced_at",
                  "about_type", "about_id", "created_at"]  # fmt: skip
        read_only_fields = fields

    def get_body(self, row: Delivery) -> str | None:
        mine = row.user_id == self.context["request"].user.pk
        return row.body if mine or (row.user_id is None and not row.private) else None


class MailReasonSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300)


class DeliveryFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=Delivery.Status.choices)
    recipient = django_filters.CharFilter(lookup_expr="iexact", max_length=254)
    provider = django_filters.CharFilter(max_length=30)
    about_type = django_filters.CharFilter(max_length=60)
    about_id = django_filters.NumberFilter(min_value=0, max_value=2**62)


class DeliveryViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Delivery],
):  # fmt: skip
    """What left, what failed, what nobody can say."""

    queryset = Delivery.objects.all()
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "comms.view_delivery", "retrieve": "comms.view_delivery",
        "send_again": "desk.work_queue", "arrived": "desk.work_queue",
    }  # fmt: skip

    @action(
        detail=True, methods=["post"], serializer_class=MailReasonSerializer, url_path="send-again"
    )
    def send_again(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """A person decided that it did not arrive."""
        return self._decide(request, deciding.send_again)

    @action(detail=True, methods=["post"], serializer_class=MailReasonSerializer)
    def arrived(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Somebody knows that a mail of unknown fate arrived."""
        return self._decide(request, deciding.arrived)

    def _decide(self, request: Request, act: Any) -> Response:
        row = self.get_object()
        form = MailReasonSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            act(row, reason=form.validated_data["reason"], by=me(request), at=timezone.now())
        except deciding.NotResendable as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(DeliverySerializer(row, context=self.get_serializer_context()).data)


class SuppressionSerializer(StrictModelSerializer[Suppression]):
    """An address that gets no mail; by hand it is made with the reason in `why`."""

    why = serializers.CharField(max_length=300)

    class Meta:
        model = Suppression
        fields = ["id", "address", "reason", "why", "delivery", "since", "set_by", "lifted_at", "lifted_by",
                  "lifted_why"]  # fmt: skip
        read_only_fields = [
            "id", "reason", "delivery", "since", "set_by", "lifted_at", "lifted_by", "lifted_why",
        ]  # fmt: skip

    def create(self, validated_data: dict[str, Any]) -> Suppression:
        return services.suppress(
            validated_data["address"], reason=Suppression.Reason.PERSON, why=validated_data["why"],
            by=self.context["request"].user, at=timezone.now(),
        )  # fmt: skip


class SuppressionFilter(django_filters.FilterSet):
    address = django_filters.CharFilter(lookup_expr="iexact", max_length=254)
    standing = django_filters.BooleanFilter(method="by_standing")

    def by_standing(self, rows: QuerySet[Suppression], _name: str, value: bool) -> Any:  # noqa: FBT001
        return rows.filter(Q(lifted_at=None) if value else ~Q(lifted_at=None))


class SuppressionViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    viewsets.GenericViewSet[Suppression],
):  # fmt: skip
    """Addresses that get no mail any more."""

    queryset = Suppression.objects.all()
    serializer_class = SuppressionSerializer
    filterset_class = SuppressionFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "comms.view_delivery", "retrieve": "comms.view_delivery",
        "create": "comms.change_suppression", "lift": "comms.change_suppression",
    }  # fmt: skip

    @action(detail=True, methods=["post"], serializer_class=MailReasonSerializer)
    def lift(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """It may get mail again, for a reason."""
        row = self.get_object()
        form = MailReasonSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            services.lift(
                row, reason=form.validated_data["reason"], by=me(request), at=timezone.now()
            )
        except services.NotLiftable as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(SuppressionSerializer(row, context=self.get_serializer_context()).data)


class SenderSerializer(StrictModelSerializer[Sender]):
    reply_to = serializers.CharField(read_only=True, help_text="An address, or empty.")

    class Meta:
        model = Sender
        fields = ["id", "team", "name", "address", "reply_to", "signature", "header", "footer", "colour",
                  "provider"]  # fmt: skip
        read_only_fields = fields


class SenderViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Sender]
):
    """In whose name mail leaves."""

    queryset = Sender.objects.all()
    serializer_class = SenderSerializer
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "comms.change_messagetemplate",
        "retrieve": "comms.change_messagetemplate",
    }
