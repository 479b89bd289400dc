"""Common free times over the API: what is wanted, what is offered, what would have to move."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from kit.api import StrictSerializer
from kit.zones import check_zone
from meetings import services
from meetings.models import Room
from meetings.slots import GuestClock, Wanted, fitting_rooms
from people.models import User


class PeopleField(serializers.ListField):
    """Primary keys of colleagues as users with their calendars, read at once."""

    child = serializers.IntegerField(min_value=1, max_value=2**62)

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and len(data) > services.MOST_ATTENDEES:
            raise serializers.ValidationError(
                f"At most {services.MOST_ATTENDEES} people can be invited."
            )
        keys = list(dict.fromkeys(super().to_internal_value(data)))
        related = ("team__calendar", "department__calendar")
        found = User.objects.active().select_related(*related).in_bulk(keys)
        missing = [key for key in keys if key not in found]
        if missing:
            raise serializers.ValidationError(f"Nobody who works here has the number {missing[0]}.")
        return [found[key] for key in keys]


class GuestClockSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200, default="the guest")
    zone = serializers.CharField(max_length=60, validators=[check_zone])
    hours_from = serializers.TimeField(required=False, allow_null=True, default=None)
    hours_until = serializers.TimeField(required=False, allow_null=True, default=None)


class WantedSerializer(StrictSerializer):
    """What a common free time is wanted for."""

    required = PeopleField(allow_empty=False)  # type: ignore[assignment]
    optional = PeopleField(required=False)
    guest_zones = serializers.ListField(
        child=serializers.CharField(max_length=60, validators=[check_zone]),
        required=False, max_length=20,
    )  # fmt: skip
    guests = GuestClockSerializer(many=True, required=False)
    minutes = serializers.IntegerField(min_value=5, max_value=720)
    window_from = serializers.DateTimeField()
    window_until = serializers.DateTimeField()
    before_minutes = serializers.IntegerField(min_value=0, max_value=720, default=0)
    after_minutes = serializers.IntegerField(min_value=0, max_value=720, default=0)
    important = serializers.BooleanField(default=False)
    room = serializers.PrimaryKeyRelatedField(
        queryset=Room.objects.filter(is_active=True), required=False, allow_null=True
    )
    seats = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    equipment = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=20
    )
    limit = serializers.IntegerField(min_value=1, max_value=100, default=12)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs["required"]) + len(attrs.get("optional", [])) > services.MOST_ATTENDEES:
            raise serializers.ValidationError(
                {"required": f"At most {services.MOST_ATTENDEES} people can be invited."}
            )
        if attrs["window_until"] - attrs["window_from"] < timedelta(minutes=attrs["minutes"]):
            raise serializers.ValidationError({"window_until": "The window is too short."})
        return attrs

    def wanted(self) -> Wanted:
        """What the finder is asked; what passed is no offer."""
        said, now = self.validated_data, timezone.now()
        guests = [GuestClock(zone) for zone in said.get("guest_zones", [])]
        guests += [GuestClock(**one) for one in said.get("guests", [])]
        return Wanted(
            attendees=said["required"], optional=said.get("optional", []), guests=guests,
            minutes=said["minutes"], window_from=max(said["window_from"], now), at=now,
            window_until=said["window_until"], before=said["before_minutes"],
            after=said["after_minutes"], important=said["important"], rooms=_rooms(said),
        )  # fmt: skip


def _rooms(said: dict[str, Any]) -> list[Room]:
    if said.get("room"):
        return [said["room"]]
    if "seats" not in said and not said.get("equipment"):
        return []
    found = fitting_rooms(seats=said.get("seats", 1), equipment=said.get("equipment", []))
    if not found:
        raise serializers.ValidationError({"seats": "No room in use is like that."})
    return found


class RoomNameSerializer(StrictSerializer):
    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)


class SlotSerializer(StrictSerializer):
    starts_at = serializers.DateTimeField(read_only=True)
    ends_at = serializers.DateTimeField(read_only=True)
    reasons = serializers.ListField(child=serializers.CharField(), read_only=True)
    room = RoomNameSerializer(read_only=True, allow_null=True)
    gives_way = serializers.BooleanField(read_only=True)


class InTheWaySerializer(StrictSerializer):
    meeting = serializers.IntegerField(source="meeting_id", read_only=True, allow_null=True)
    title = serializers.CharField(read_only=True)
    who = serializers.ListField(child=serializers.CharField(), read_only=True)
    why = serializers.CharField(read_only=True)


class WaySerializer(StrictSerializer):
    starts_at = serializers.DateTimeField(read_only=True)
    ends_at = serializers.DateTimeField(read_only=True)
    cost = serializers.IntegerField(read_only=True)
    in_the_way = InTheWaySerializer(many=True, read_only=True)
