"""/api/webhooks/ and /api/webhook-calls/"""

from typing import Any

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from journal.api import IdempotentMixin
from kit.api import Refused, StrictModelSerializer, StrictSerializer
from people.doors import me
from webhooks import services
from webhooks.models import EVENTS, Call, Endpoint

PK = r"[0-9]{1,18}"


class EndpointSerializer(StrictModelSerializer[Endpoint]):
    """The secret is told once, when the endpoint is made."""

    name = serializers.CharField(max_length=100)
    url = serializers.CharField(max_length=500)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=list(EVENTS)), allow_empty=False
    )
    secret = serializers.SerializerMethodField()

    class Meta:
        model = Endpoint
        fields = ["id", "name", "url", "events", "is_active", "stopped_why", "made_at", "secret"]
        read_only_fields = ["id", "is_active", "stopped_why", "made_at", "secret"]

    def get_secret(self, row: Endpoint) -> str | None:
        """Not with an idempotency key: the reply is kept then, and a secret must not be."""
        request = self.context.get("request")
        kept = request is not None and "Idempotency-Key" in request.headers
        return None if kept else getattr(row, "told", None)

    def create(self, validated_data: dict[str, Any]) -> Endpoint:
        user = self.context["request"].user
        try:
            row, secret = services.add_endpoint(**validated_data, by=user, at=timezone.now())
        except services.BadEndpoint as refusal:
            raise Refused(str(refusal)) from refusal
        row.told = secret  # type: ignore[attr-defined]
        return row


class CallSerializer(StrictModelSerializer[Call]):
    class Meta:
        model = Call
        fields = ["id", "endpoint", "event", "message_id", "replay", "status", "attempts", "code",
                  "answer", "body", "due_at", "sent_at", "made_at"]  # fmt: skip
        read_only_fields = fields


class NothingSerializer(StrictSerializer):
    pass


class CallFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=Call.Status.choices)
    endpoint = django_filters.NumberFilter(field_name="endpoint_id", min_value=0, max_value=2**62)


class EndpointViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    mixins.DestroyModelMixin, viewsets.GenericViewSet[Endpoint],
):  # fmt: skip
    """Who hears of what happens."""

    queryset = Endpoint.objects.all()
    serializer_class = EndpointSerializer
    lookup_value_regex = PK
    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "destroy"), "webhooks.change_endpoint"
    )

    def perform_destroy(self, instance: Endpoint) -> None:
        services.remove_endpoint(instance, by=me(self.request), at=timezone.now())


class CallViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Call]
):
    """Every message that was or will be sent."""

    queryset = Call.objects.all()
    serializer_class = CallSerializer
    filterset_class = CallFilter
    lookup_value_regex = PK
    permissions = dict.fromkeys(("list", "retrieve", "replay"), "webhooks.change_endpoint")

    @extend_schema(responses=CallSerializer)
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def replay(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Send it again under the same id; the answer is the new row."""
        row = self.get_object()
        form = NothingSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.replay(row, by=me(request), at=timezone.now())
        return Response(CallSerializer(made).data)


routes = [("webhooks", EndpointViewSet), ("webhook-calls", CallViewSet)]
