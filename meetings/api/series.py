"""/api/meeting-series/ and /api/meeting-counters/"""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.shared import Visible
from crm.models import Account
from journal.api import IdempotentMixin
from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer, parsed
from kit.zones import check_zone
from meetings import clock, queries, recurrence, services
from meetings.api.meetings import GuestSerializer
from meetings.models import Counter, IllegalMove, Meeting, Series
from meetings.queries.series import series_visible_to
from meetings.services import counters
from meetings.services import series as verbs
from meetings.services.spreading import DatesTaken
from people.doors import me
from people.models import User


class RuleField(serializers.CharField):
    """FREQ=WEEKLY;BYDAY=MO;COUNT=10"""

    def to_internal_value(self, data: Any) -> str:
        text = str(super().to_internal_value(data))
        try:
            return str(recurrence.read(text))
        except recurrence.BadRule as refusal:
            raise serializers.ValidationError(str(refusal)) from refusal


class WallField(serializers.CharField):
    """2026-11-24T09:00, on the clocks of a zone."""

    def to_internal_value(self, data: Any) -> str:
        text = str(super().to_internal_value(data))
        try:
            clock.naive(text)
        except clock.BadWall as refusal:
            raise serializers.ValidationError(str(refusal)) from refusal
        return text


class OccurrenceSerializer(StrictModelSerializer[Meeting]):
    class Meta:
        model = Meeting
        fields = ["id", "status", "series_at", "starts_at", "ends_at"]
        read_only_fields = fields


class LeaveOutSerializer(StrictSerializer):
    leave_out = serializers.ListField(
        child=serializers.DateTimeField(), required=False, max_length=recurrence.MOST, default=list
    )


class SeriesSerializer(StrictModelSerializer[Series]):
    title = serializers.CharField(max_length=200, write_only=True)
    account = Visible(Account, required=False, allow_null=True, write_only=True)
    required = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]
        queryset=User.objects.active(), many=True, write_only=True, allow_empty=False
    )
    guests = GuestSerializer(many=True, write_only=True, required=False)
    place = serializers.CharField(max_length=200, required=False, allow_blank=True, write_only=True)
    leave_out = serializers.ListField(
        child=serializers.DateTimeField(),
        required=False,
        max_length=recurrence.MOST,
        write_only=True,
    )
    rule = RuleField(max_length=300)
    first_wall = WallField(max_length=16)
    zone = serializers.CharField(max_length=60, required=False, validators=[check_zone])
    minutes = serializers.IntegerField(min_value=5, max_value=720)
    meetings = OccurrenceSerializer(many=True, read_only=True)

    class Meta:
        model = Series
        fields = [
            "id", "title", "account", "required", "guests", "place", "leave_out", "rule", "zone",
            "first_wall", "minutes", "sequence", "made_at", "ended_at", "meetings",
        ]  # fmt: skip
        read_only_fields = ["id", "sequence", "made_at", "ended_at", "meetings"]

    def create(self, validated_data: dict[str, Any]) -> Series:
        user, said = self.context["request"].user, validated_data
        return _refusing(
            lambda: verbs.request(
                title=said["title"], account=said.get("account"), host=said["required"][0],
                attendees=[one.pk for one in said["required"]], guests=said.get("guests", []),
                minutes=said["minutes"], rule=recurrence.read(said["rule"]), first_wall=said["first_wall"],
                zone=said.get("zone", ""), leave_out=said.get("leave_out", []), by=user,
                at=timezone.now(), team=user.team, place=said.get("place", ""),
            )
        )  # fmt: skip


class LaterSerializer(LeaveOutSerializer):
    meeting = serializers.IntegerField(min_value=1, max_value=2**62)
    rule = RuleField(max_length=300, required=False, default=None)
    at_time = serializers.TimeField(required=False, default=None, allow_null=True)
    minutes = serializers.IntegerField(min_value=5, max_value=720, required=False, default=None)
    reason = serializers.CharField(max_length=300)


class EndSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


def _refusing(act: Callable[[], Series]) -> Series:
    try:
        return act()
    except DatesTaken as refusal:
        dates = ", ".join(f"{one.occurrence.rule_at:%Y-%m-%dT%H:%M:%SZ}" for one in refusal.dates)
        raise Conflict(f"{refusal} ({dates})") from refusal
    except (IllegalMove, services.SlotTaken) as refusal:
        raise Conflict(str(refusal)) from refusal
    except (services.BadMeeting, recurrence.BadRule, clock.BadWall) as refusal:
        raise Refused(str(refusal)) from refusal


class SeriesViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    viewsets.GenericViewSet[Series],
):  # fmt: skip
    """Meetings that come again; each of their dates is a meeting of its own."""

    queryset = Series.objects.all()
    serializer_class = SeriesSerializer
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "meetings.view_meeting", "retrieve": "meetings.view_meeting",
        "create": "meetings.add_meeting", "later": "meetings.change_meeting",
        "end": "meetings.change_meeting",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Series]:
        if getattr(self, "swagger_fake_view", False):
            return Series.objects.none()
        return series_visible_to(me(self.request)).prefetch_related("meetings")

    def _shown(self, row: Series) -> Response:
        fresh = self.get_queryset().get(pk=row.pk)
        return Response(SeriesSerializer(fresh, context=self.get_serializer_context()).data)

    @action(detail=True, methods=["post"], serializer_class=LaterSerializer)
    def later(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Give one meeting and all after it another time, length or rule."""
        said = parsed(request, LaterSerializer)
        rows = self.get_object().meetings.select_related("series")
        first = rows.filter(pk=said.pop("meeting")).first()
        if first is None:
            raise serializers.ValidationError(
                {"meeting": "No meeting of this series has that number."}
            )
        said["rule"] = recurrence.read(said["rule"]) if said["rule"] else None
        said["at_time"] = f"{said['at_time']:%H:%M}" if said["at_time"] else ""
        return self._shown(
            _refusing(lambda: verbs.change_later(first, by=me(request), at=timezone.now(), **said))
        )

    @action(detail=True, methods=["post"], serializer_class=EndSerializer)
    def end(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Call off all that lie ahead."""
        said, row = parsed(request, EndSerializer), self.get_object()

        def act() -> Series:
            verbs.end(row, by=me(request), at=timezone.now(), **said)
            return row

        return self._shown(_refusing(act))


class CounterSerializer(StrictModelSerializer[Counter]):
    name = serializers.CharField(source="attendee.name", read_only=True)

    class Meta:
        model = Counter
        fields = [
            "id",
            "meeting",
            "attendee",
            "name",
            "state",
            "starts_at",
            "ends_at",
            "note",
            "at",
        ]
        read_only_fields = fields


class RefuseSerializer(StrictSerializer):
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class NothingSerializer(StrictSerializer):
    """No fields."""


class CounterViewSet(
    IdempotentMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Counter],
):
    """Other times that attendees propose from their calendars."""

    queryset = Counter.objects.all()
    serializer_class = CounterSerializer
    filterset_fields = ["meeting", "state"]
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "meetings.view_meeting", "retrieve": "meetings.view_meeting",
        "take": "meetings.change_meeting", "refuse": "meetings.change_meeting",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Counter]:
        if getattr(self, "swagger_fake_view", False):
            return Counter.objects.none()
        rows = Counter.objects.filter(meeting__in=queries.visible_to(me(self.request)))
        return rows.select_related("attendee", "meeting")

    def _do(self, act: Callable[[Counter], None]) -> Response:
        row = self.get_object()
        try:
            act(row)
        except (IllegalMove, services.SlotTaken, counters.Settled) as refusal:
            raise Conflict(str(refusal)) from refusal
        except services.BadMeeting as refusal:
            raise Refused(str(refusal)) from refusal
        return Response(CounterSerializer(self.get_object()).data)

    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def take(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Move the meeting there."""
        parsed(request, NothingSerializer)
        return self._do(lambda row: counters.take(row, by=me(request), at=timezone.now()))

    @action(detail=True, methods=["post"], serializer_class=RefuseSerializer)
    def refuse(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Keep our time, and say so."""
        said = parsed(request, RefuseSerializer)
        return self._do(lambda row: counters.refuse(row, by=me(request), at=timezone.now(), **said))


routes = [("meeting-series", SeriesViewSet), ("meeting-counters", CounterViewSet)]
