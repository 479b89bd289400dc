"""What a meeting is like and who comes, over the API; what a time would mean before it is taken."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kit.api import StrictModelSerializer, StrictSerializer
from meetings import services
from meetings.models import Meeting, Room
from meetings.queries import choosing
from meetings.queries.conflicts import preview
from people.doors import me
from people.models import User


class ChangeMeetingSerializer(StrictModelSerializer[Meeting]):
    minutes = serializers.IntegerField(min_value=5, max_value=720, required=False)
    before_minutes = serializers.IntegerField(min_value=0, max_value=720, required=False)
    after_minutes = serializers.IntegerField(min_value=0, max_value=720, required=False)
    room = serializers.PrimaryKeyRelatedField(
        queryset=Room.objects.filter(is_active=True), required=False, allow_null=True
    )
    agenda = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    goals = serializers.CharField(max_length=20_000, required=False, allow_blank=True)

    class Meta:
        model = Meeting
        fields = [
            "title", "minutes", "window_from", "window_until", "priority", "mode", "room", "place",
            "video_url", "agenda", "goals", "before_minutes", "after_minutes",
        ]  # fmt: skip
        extra_kwargs = {"title": {"required": False}}


class PreviewMoveSerializer(StrictSerializer):
    starts_at = serializers.DateTimeField()
    host = serializers.PrimaryKeyRelatedField(queryset=User.objects.active(), required=False)


class SeenLineSerializer(StrictSerializer):
    name = serializers.CharField(read_only=True)
    role = serializers.CharField(read_only=True)
    tone = serializers.ChoiceField(choices=["ok", "warn", "bad"], read_only=True)
    words = serializers.CharField(read_only=True)
    meeting = serializers.IntegerField(source="meeting_id", read_only=True, allow_null=True)


class SeenSerializer(StrictSerializer):
    starts_at = serializers.DateTimeField(read_only=True)
    ends_at = serializers.DateTimeField(read_only=True)
    possible = serializers.BooleanField(read_only=True)
    clear = serializers.BooleanField(read_only=True)
    lines = SeenLineSerializer(many=True, read_only=True)


class ReassignSerializer(StrictSerializer):
    host = serializers.PrimaryKeyRelatedField(queryset=User.objects.active())
    reason = serializers.CharField(max_length=300)


class InviteSerializer(StrictSerializer):
    """A colleague by key, or a guest by name and address."""

    user = serializers.PrimaryKeyRelatedField(queryset=User.objects.active(), required=False)
    required = serializers.BooleanField(default=True)  # type: ignore[assignment]
    name = serializers.CharField(max_length=200, required=False)
    email = serializers.EmailField(max_length=254, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("user" in attrs) == ("email" in attrs):
            raise serializers.ValidationError(
                {"user": "Name either a colleague or the mail address of a guest."}
            )
        return attrs


class UninviteSerializer(StrictSerializer):
    attendee = serializers.IntegerField(min_value=1, max_value=2**62)


class ChangingMixin:
    """Actions of the meetings' viewset."""

    get_object: Callable[[], Meeting]
    _do: Callable[[Callable[[Meeting], Any]], Response]

    @action(detail=True, methods=["post"], serializer_class=ChangeMeetingSerializer)
    def change(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Length, window, place, agenda; a booked meeting takes its time anew where that matters."""
        form = ChangeMeetingSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        said, by, now = dict(form.validated_data), me(request), timezone.now()
        return self._do(lambda row: services.change(row, by=by, at=now, **said))

    @extend_schema(responses=SeenSerializer)
    @action(detail=True, methods=["post"], serializer_class=PreviewMoveSerializer)
    def preview(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """What a time (and another host) would mean for each who comes; nothing is changed."""
        form = PreviewMoveSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row, said = self.get_object(), form.validated_data
        seen = preview(
            row, choosing.attendees_of(row), said["starts_at"], reader=me(request),
            at=timezone.now(), host=said.get("host"),
        )  # fmt: skip
        return Response(SeenSerializer(seen).data)

    @action(detail=True, methods=["post"], serializer_class=ReassignSerializer)
    def reassign(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Give it to another host; all parties are told."""
        form = ReassignSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said, by, now = dict(form.validated_data), me(request), timezone.now()
        return self._do(lambda row: services.reassign(row, by=by, at=now, **said))

    @action(detail=True, methods=["post"], serializer_class=InviteSerializer)
    def invite(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """A colleague or a guest comes too."""
        form = InviteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said, by, now = form.validated_data, me(request), timezone.now()
        if "user" in said:
            return self._do(
                lambda row: services.add_colleague(
                    row, user=said["user"], required=said["required"], by=by, at=now
                )
            )
        name, email = said.get("name") or said["email"], said["email"]
        return self._do(lambda row: services.add_guest(row, name=name, email=email, by=by, at=now))

    @action(detail=True, methods=["post"], serializer_class=UninviteSerializer)
    def uninvite(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Somebody does not come any more."""
        form = UninviteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        person = self.get_object().attendees.filter(pk=form.validated_data["attendee"]).first()
        if person is None:
            raise serializers.ValidationError(
                {"attendee": "Nobody of this meeting has that number."}
            )
        by, now = me(request), timezone.now()
        return self._do(lambda _: services.remove_person(person, by=by, at=now))
