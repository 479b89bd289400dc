"""/api/meetings/ and /api/meetings/slots/"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.shared import Visible
from crm.models import Account
from journal.api import IdempotentMixin
from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer, parsed
from kit.zones import check_zone
from meetings import queries, services
from meetings.api.changing import ChangingMixin
from meetings.api.prep import PERMISSIONS, PrepActions
from meetings.api.proposals import ProposeMixin
from meetings.api.slots import PeopleField, SlotSerializer, WantedSerializer, WaySerializer
from meetings.models import Attendee, IllegalMove, Meeting
from meetings.slots import NoHours, find_slots, ways_out
from people.doors import me

GIVEN = [
    "id", "before_minutes", "after_minutes", "zone", "wall", "host", "status", "outcome",
    "first_starts_at", "starts_at", "ends_at", "started_at", "ended_at", "outcome_by", "outcome_at",
    "outcome_note", "notes", "summary", "follow_up_at", "reschedules", "sequence", "requested_at",
    "agreed_at", "series", "attendees",
]  # fmt: skip
DETAILS = ("kind", "priority", "mode", "room", "video_url", "agenda", "goals")


class GuestSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200)
    email = serializers.EmailField(max_length=254)
    zone = serializers.CharField(max_length=60, required=False, validators=[check_zone])
    hours_from = serializers.TimeField(required=False, allow_null=True)
    hours_until = serializers.TimeField(required=False, allow_null=True)


class AttendeeSerializer(StrictModelSerializer[Attendee]):
    email = serializers.CharField(read_only=True)  # or nothing: that is no address
    delegated_to = serializers.CharField(read_only=True)
    late_reply = serializers.ChoiceField(
        choices=Attendee.Reply.choices, allow_blank=True, read_only=True
    )
    replied_by = serializers.ChoiceField(
        choices=Attendee.Way.choices, allow_blank=True, read_only=True
    )

    class Meta:
        model = Attendee
        fields = [
            "id", "user", "contact", "name", "email", "role", "reply", "replied_at", "replied_by",
            "reply_note", "late_reply", "delegated_to", "zone",
        ]  # fmt: skip
        read_only_fields = fields


class MeetingSerializer(StrictModelSerializer[Meeting]):
    account = Visible(Account, required=False, allow_null=True)
    required = PeopleField(write_only=True, allow_empty=False)  # type: ignore[assignment]
    optional = PeopleField(write_only=True, required=False)
    guests = GuestSerializer(many=True, write_only=True, required=False)
    minutes = serializers.IntegerField(min_value=5, max_value=720)
    window_from = serializers.DateTimeField()
    window_until = serializers.DateTimeField()
    attendees = AttendeeSerializer(many=True, read_only=True)

    class Meta:
        model = Meeting
        fields = [
            "id", "title", "account", "required", "optional", "guests", "minutes", "window_from",
            "window_until", "kind", "priority", "mode", "room", "place", "video_url", "agenda", "goals",
            *GIVEN,
        ]  # fmt: skip
        read_only_fields = GIVEN

    def create(self, validated_data: dict[str, Any]) -> Meeting:
        user, said = self.context["request"].user, validated_data
        try:
            return services.request_meeting(
                title=said["title"], account=said.get("account"), host=said["required"][0],
                attendees=[u.pk for u in said["required"]], guests=said.get("guests", []),
                optional=[u.pk for u in said.get("optional", [])], minutes=said["minutes"],
                window_from=said["window_from"], window_until=said["window_until"], by=user,
                at=timezone.now(), team=user.team, place=said.get("place", ""),
                details=services.Details(**{k: said[k] for k in DETAILS if k in said}),
            )  # fmt: skip
        except services.BadMeeting as refusal:
            raise Refused(str(refusal)) from refusal


class BookSerializer(StrictSerializer):
    starts_at = serializers.DateTimeField()


class CancelSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class AttendeeReplySerializer(StrictSerializer):
    attendee = serializers.IntegerField(min_value=1, max_value=2**62)
    reply = serializers.ChoiceField(choices=["accepted", "declined", "tentative"])


class MeetingFilter(django_filters.FilterSet):
    status = django_filters.CharFilter(max_length=10)
    outcome = django_filters.CharFilter(max_length=20)
    account = django_filters.NumberFilter(field_name="account_id", min_value=0, max_value=2**62)


class MeetingViewSet(
    ChangingMixin, ProposeMixin, IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    mixins.CreateModelMixin, PrepActions,
):  # fmt: skip
    """Meetings set up on behalf of others."""

    queryset = Meeting.objects.all()
    serializer_class = MeetingSerializer
    filterset_class = MeetingFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "meetings.view_meeting", "retrieve": "meetings.view_meeting",
        "create": "meetings.add_meeting", "book": "meetings.change_meeting",
        "reschedule": "meetings.change_meeting", "cancel": "meetings.change_meeting",
        "propose": "meetings.change_meeting",
        "reply": "meetings.change_meeting", "slots": "meetings.add_meeting",
        "ways_out": "meetings.add_meeting", "change": "meetings.change_meeting",
        "preview": "meetings.change_meeting", "reassign": "meetings.change_meeting",
        "invite": "meetings.change_meeting", "uninvite": "meetings.change_meeting", **PERMISSIONS,
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Meeting]:
        if getattr(self, "swagger_fake_view", False):
            return Meeting.objects.none()
        return queries.visible_to(me(self.request)).prefetch_related("attendees")

    def _do(self, act: Any) -> Response:
        row = self.get_object()
        try:
            act(row)
        except (IllegalMove, services.SlotTaken) as refusal:
            raise Conflict(str(refusal)) from refusal
        except services.BadMeeting as refusal:
            raise Refused(str(refusal)) from refusal
        row = self.get_object()
        return Response(MeetingSerializer(row, context=self.get_serializer_context()).data)

    @action(detail=False, methods=["post"], serializer_class=WantedSerializer)
    def slots(self, request: Request) -> Response:
        """Common free times, best first."""
        form = WantedSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            found = find_slots(form.wanted(), limit=form.validated_data["limit"])
        except NoHours as refusal:
            raise Refused(str(refusal)) from refusal
        return Response(SlotSerializer(found, many=True).data)

    @action(detail=False, methods=["post"], serializer_class=WantedSerializer, url_path="ways-out")
    def ways_out(self, request: Request) -> Response:
        """Times at which all are at work, with the meetings that would have to move, fewest first."""
        form = WantedSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            found = ways_out(form.wanted(), limit=form.validated_data["limit"])
        except NoHours as refusal:
            raise Refused(str(refusal)) from refusal
        return Response(WaySerializer(found, many=True).data)

    @action(detail=True, methods=["post"], serializer_class=BookSerializer)
    def book(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._book(request)

    @action(detail=True, methods=["post"], serializer_class=BookSerializer)
    def reschedule(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """The same as book: the first slot stays the first."""
        return self._book(request)

    def _book(self, request: Request) -> Response:
        said = parsed(request, BookSerializer)
        return self._do(lambda row: services.book(row, by=me(request), at=timezone.now(), **said))

    @action(detail=True, methods=["post"], serializer_class=CancelSerializer)
    def cancel(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        said = parsed(request, CancelSerializer)
        return self._do(lambda row: services.cancel(row, by=me(request), at=timezone.now(), **said))

    @action(detail=True, methods=["post"], serializer_class=AttendeeReplySerializer)
    def reply(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        said = parsed(request, AttendeeReplySerializer)
        person = self.get_object().attendees.filter(pk=said["attendee"]).first()
        if person is None:
            raise serializers.ValidationError(
                {"attendee": "Nobody of this meeting has that number."}
            )
        return self._do(
            lambda _: services.take_reply(
                person, reply=said["reply"], by=me(request), at=timezone.now()
            )
        )


routes = [("meetings", MeetingViewSet)]
