"""/api/followups/"""

import django_filters
from django.utils import timezone
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from followups import services
from followups.models import FollowUp
from journal.api import IdempotentMixin
from kit.api import Conflict, StrictModelSerializer, StrictSerializer
from people.doors import me


class FollowUpSerializer(StrictModelSerializer[FollowUp]):
    class Meta:
        model = FollowUp
        fields = [
            "id", "rule", "subject_type", "subject_id", "account_id", "recipient", "recipient_name",
            "status", "due_at", "reason", "stop_reason", "delivery", "created_at", "settled_at",
        ]  # fmt: skip
        read_only_fields = fields


class StopSerializer(StrictSerializer):
    why = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class FollowUpFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=FollowUp.Status.choices)
    rule = django_filters.CharFilter(max_length=40)
    account_id = django_filters.NumberFilter(min_value=0, max_value=2**62)


class FollowUpViewSet(
    IdempotentMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[FollowUp],
):
    """What goes out by itself, with the reason why."""

    queryset = FollowUp.objects.all()
    serializer_class = FollowUpSerializer
    filterset_class = FollowUpFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "followups.view_followup",
        "retrieve": "followups.view_followup",
        "stop": "followups.change_followup",
    }

    @action(detail=True, methods=["post"], serializer_class=StopSerializer)
    def stop(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """It shall not go out; 409 if it did."""
        form = StopSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = self.get_object()
        try:
            services.stop(row, why=form.validated_data["why"], by=me(request), at=timezone.now())
        except services.AlreadySettled as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(FollowUpSerializer(row).data)


routes = [("followups", FollowUpViewSet)]
