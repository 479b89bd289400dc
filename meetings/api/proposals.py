"""/api/meeting-proposals/ and POST /api/meetings/{id}/propose/"""

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from journal.api import IdempotentMixin
from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer
from meetings import queries
from meetings.models import IllegalMove, Meeting, Proposal, ProposedTime
from meetings.services import proposing
from meetings.services.refusals import BadMeeting, ProposalClosed, SlotTaken
from people.doors import me


class ProposedTimeSerializer(StrictModelSerializer[ProposedTime]):
    class Meta:
        model = ProposedTime
        fields = ["starts_at", "ends_at"]
        read_only_fields = fields


class ProposalSerializer(StrictModelSerializer[Proposal]):
    times = ProposedTimeSerializer(many=True, read_only=True)

    class Meta:
        model = Proposal
        fields = [
            "id", "meeting", "state", "made_by", "made_at", "expires_at", "note", "times",
            "chosen_starts_at", "chosen_by", "chosen_at",
        ]  # fmt: skip
        read_only_fields = fields


class ProposeSerializer(StrictSerializer):
    starts = serializers.ListField(
        child=serializers.DateTimeField(), min_length=proposing.LEAST, max_length=proposing.MOST
    )
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ProposeMixin:
    """What a meeting's own viewset takes in."""

    @extend_schema(responses={201: ProposalSerializer})
    @action(detail=True, methods=["post"], serializer_class=ProposeSerializer)
    def propose(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Hold several times and offer them to the guests; the first click wins."""
        row: Meeting = self.get_object()  # type: ignore[attr-defined]
        form = ProposeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            made = proposing.propose(row, by=me(request), at=timezone.now(), **form.validated_data)
        except (IllegalMove, SlotTaken) as refusal:
            raise Conflict(str(refusal)) from refusal
        except BadMeeting as refusal:
            raise Refused(str(refusal)) from refusal
        return Response(ProposalSerializer(made).data, status=201)


class ProposalViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Proposal],
):  # fmt: skip
    """Times offered to guests."""

    queryset = Proposal.objects.all()
    serializer_class = ProposalSerializer
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "meetings.view_meeting", "retrieve": "meetings.view_meeting",
        "withdraw": "meetings.change_meeting",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Proposal]:
        if getattr(self, "swagger_fake_view", False):
            return Proposal.objects.none()
        seen = queries.visible_to(me(self.request)).values("pk")
        return Proposal.objects.filter(meeting__in=seen).prefetch_related("times")

    @action(detail=True, methods=["post"], serializer_class=StrictSerializer)
    def withdraw(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        try:
            proposing.withdraw(row, by=me(request), at=timezone.now())
        except ProposalClosed as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(ProposalSerializer(row).data)


routes = [("meeting-proposals", ProposalViewSet)]
