"""/api/meetings/rooms/, rules, focus blocks, outside calendars, and /api/meetings/busy/"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from journal.api import IdempotentMixin
from kit.api import Refused, StrictModelSerializer, StrictSerializer, WallTime
from meetings.models import BookingRules, FocusBlock, OutsideCalendar, Room
from meetings.queries import availability as queries
from meetings.services import outside
from meetings.services import rooms as room_services
from meetings.services import rules as rule_services
from people.doors import me
from people.models import User

PK: Final = r"[0-9]{1,18}"
OTHERS: Final = "meetings.change_bookingrules"
LONGEST_BUSY: Final = timedelta(days=92)


def whose(request: Request, asked: User | None) -> User:
    """Herself, or a colleague whom this person may book.

    :raises PermissionDenied: for a colleague, unless this person books for others.
    """
    user = me(request)
    if asked is None or asked.pk == user.pk:
        return user
    if not user.has_perm(OTHERS):
        raise PermissionDenied("You may see and change your own availability.")
    return asked


class RoomSerializer(StrictModelSerializer[Room]):
    """A room, or equipment that is booked like one."""

    name = serializers.CharField(max_length=80)
    seats = serializers.IntegerField(min_value=1, max_value=room_services.MOST_SEATS, default=6)
    equipment = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list,
        max_length=room_services.MOST_EQUIPMENT,
    )  # fmt: skip

    class Meta:
        model = Room
        fields = ["id", "name", "site", "seats", "equipment", "zone", "is_active"]
        read_only_fields = ["id"]

    def create(self, validated_data: dict[str, Any]) -> Room:
        user, said = self.context["request"].user, dict(validated_data)
        said.pop("is_active", None)
        try:
            return room_services.add_room(**said, by=user, at=timezone.now())
        except room_services.BadRoom as refusal:
            raise Refused(str(refusal)) from refusal

    def update(self, instance: Room, validated_data: dict[str, Any]) -> Room:
        user = self.context["request"].user
        said = {name: getattr(instance, name) for name in room_services.FIELDS}
        # A default of the serializer is no word of the caller.
        said |= {name: validated_data[name] for name in said if name in self.initial_data}
        try:
            room_services.change_room(instance, **said, by=user, at=timezone.now())
        except room_services.BadRoom as refusal:
            raise Refused(str(refusal)) from refusal
        return instance


class RoomViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    mixins.UpdateModelMixin, viewsets.GenericViewSet[Room],
):  # fmt: skip
    """Rooms, and equipment that is booked like one."""

    queryset = Room.objects.all()
    serializer_class = RoomSerializer
    lookup_value_regex = PK
    http_method_names = ["get", "post", "patch", "head", "options"]
    permissions = {
        "list": "meetings.view_room", "retrieve": "meetings.view_room",
        "create": "meetings.add_room", "partial_update": "meetings.change_room",
    }  # fmt: skip


class RulesSerializer(StrictModelSerializer[BookingRules]):
    """How a person is booked; minutes."""

    before_minutes = serializers.IntegerField(min_value=0, max_value=240)
    after_minutes = serializers.IntegerField(min_value=0, max_value=240)
    travel_minutes = serializers.IntegerField(min_value=0, max_value=720)
    most_per_day = serializers.IntegerField(
        min_value=1, max_value=rule_services.MOST_PER_DAY, allow_null=True
    )

    class Meta:
        model = BookingRules
        fields = [
            "user", "before_minutes", "after_minutes", "travel_minutes", "most_per_day",
            "desk_accepts",
        ]  # fmt: skip
        read_only_fields = ["user"]


class RulesView(APIView):
    """How somebody is booked: the own rules, or those of `?user=`."""

    permissions = {"get": "meetings.view_bookingrules", "patch": "meetings.view_bookingrules"}
    serializer_class = RulesSerializer

    @extend_schema(parameters=[OpenApiParameter("user", int)], responses=RulesSerializer)
    def get(self, request: Request) -> Response:
        rules = rule_services.rules_of(whose(request, asked_user(request)))
        return Response(RulesSerializer(rules).data)

    @extend_schema(
        parameters=[OpenApiParameter("user", int)], request=RulesSerializer(partial=True),
        responses=RulesSerializer,
    )  # fmt: skip
    def patch(self, request: Request) -> Response:
        user = whose(request, asked_user(request))
        rules = rule_services.rules_of(user)
        form = RulesSerializer(rules, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        said = {name: getattr(rules, name) for name in rule_services.FIELDS} | form.validated_data
        row = rule_services.set_rules(user, **said, by=me(request), at=timezone.now())
        return Response(RulesSerializer(row).data)


class BlockSerializer(StrictModelSerializer[FocusBlock]):
    """Hours of every week that stay free; 0 is Monday."""

    user = serializers.PrimaryKeyRelatedField(queryset=User.objects.active(), required=False)
    starts = WallTime()
    ends = WallTime()

    class Meta:
        model = FocusBlock
        fields = ["id", "user", "weekday", "starts", "ends", "label"]
        read_only_fields = ["id"]

    def create(self, validated_data: dict[str, Any]) -> FocusBlock:
        request, said = self.context["request"], dict(validated_data)
        user = whose(request, said.pop("user", None))
        try:
            return rule_services.add_block(user, **said, by=me(request), at=timezone.now())
        except rule_services.BadRules as refusal:
            raise Refused(str(refusal)) from refusal


class BlockViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    mixins.DestroyModelMixin, viewsets.GenericViewSet[FocusBlock],
):  # fmt: skip
    """Focus blocks: the own ones; those of everybody for who books for others."""

    queryset = FocusBlock.objects.all()
    serializer_class = BlockSerializer
    lookup_value_regex = PK
    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "destroy"), "meetings.view_bookingrules"
    )

    def get_queryset(self) -> QuerySet[FocusBlock]:
        rows, user = FocusBlock.objects.all(), me(self.request)
        return rows if user.has_perm(OTHERS) else rows.filter(user=user)

    def perform_destroy(self, instance: FocusBlock) -> None:
        rule_services.remove_block(instance, by=me(self.request), at=timezone.now())


class CalendarSerializer(StrictModelSerializer[OutsideCalendar]):
    """An outside calendar. Address, login and password can be written and never read."""

    user = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(), required=False, allow_null=True
    )
    room = serializers.PrimaryKeyRelatedField(
        queryset=Room.objects.all(), required=False, allow_null=True
    )
    kind = serializers.CharField(max_length=20)
    address = serializers.CharField(max_length=2_000, write_only=True)
    login = serializers.CharField(max_length=200, write_only=True, required=False, default="")
    password = serializers.CharField(
        max_length=500, write_only=True, required=False, default="", trim_whitespace=False
    )
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = OutsideCalendar
        fields = [
            "id", "user", "room", "kind", "name", "address", "login", "password", "is_active",
            "read_at", "problem", "warnings", "next_poll_at",
        ]  # fmt: skip
        read_only_fields = ["id", "is_active", "read_at", "problem", "warnings", "next_poll_at"]

    def validate_kind(self, kind: str) -> str:
        if kind not in settings.CALENDARS:
            raise serializers.ValidationError(f"Choose one of {', '.join(settings.CALENDARS)}.")
        return kind

    def create(self, validated_data: dict[str, Any]) -> OutsideCalendar:
        """It is read at the next wake-up: no other server is asked while the key is kept."""
        request, said = self.context["request"], validated_data
        account = outside.Account(said["kind"], said["address"], said["login"], said["password"])
        owner = self._owner(request, said)
        try:
            return outside.add_unread(
                account, name=said["name"], owner=owner, by=me(request), at=timezone.now()
            )
        except outside.BadCalendar as refusal:
            raise Refused(str(refusal)) from refusal

    def _owner(self, request: Request, said: dict[str, Any]) -> User | Room:
        room: Room | None = said.get("room")
        if room is None:
            return whose(request, said.get("user"))
        if said.get("user") is not None:
            raise serializers.ValidationError({"room": "A calendar is of a person or of a room."})
        if not me(request).has_perm("meetings.change_room"):
            raise PermissionDenied("You may not change rooms.")
        return room


class NothingSerializer(StrictSerializer):
    pass


class CalendarViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    mixins.DestroyModelMixin, viewsets.GenericViewSet[OutsideCalendar],
):  # fmt: skip
    """Outside calendars: the own ones; for the desk those of everybody and of rooms."""

    queryset = OutsideCalendar.objects.all()
    serializer_class = CalendarSerializer
    lookup_value_regex = PK
    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "destroy", "pause", "resume", "read"),
        "meetings.view_bookingrules",
    )

    def get_queryset(self) -> QuerySet[OutsideCalendar]:
        if getattr(self, "swagger_fake_view", False):
            return OutsideCalendar.objects.none()
        user = me(self.request)
        seen = Q(user=user)
        if user.has_perm(OTHERS):
            seen |= Q(user__isnull=False)
        if user.has_perm("meetings.change_room"):
            seen |= Q(room__isnull=False)
        return OutsideCalendar.objects.filter(seen)

    def perform_destroy(self, instance: OutsideCalendar) -> None:
        outside.remove_calendar(instance, by=me(self.request), at=timezone.now())

    def _do(self, verb: Any) -> Response:
        row = self.get_object()
        form = NothingSerializer(data=self.request.data)
        form.is_valid(raise_exception=True)
        verb(row, by=me(self.request), at=timezone.now())
        return Response(CalendarSerializer(self.get_object()).data)

    @extend_schema(responses=CalendarSerializer)
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def pause(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Read it no more; its busy times go."""
        return self._do(outside.pause_calendar)

    @extend_schema(responses=CalendarSerializer)
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def resume(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Read it again from now on."""
        return self._do(outside.resume_calendar)

    @extend_schema(responses=CalendarSerializer)
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def read(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Read it at the next wake-up."""
        return self._do(lambda row, by, at: outside.read_soon(row, at=at))  # noqa: ARG005


class BusyQuery(StrictSerializer):
    """Whose time, from when until when."""

    user = serializers.PrimaryKeyRelatedField(queryset=User.objects.active(), required=False)
    until = serializers.DateTimeField()

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.DateTimeField()}

    def validate(self, attrs: dict[str, datetime]) -> dict[str, datetime]:
        if not attrs["from"] < attrs["until"] <= attrs["from"] + LONGEST_BUSY:
            raise serializers.ValidationError({"until": "Ask for at most 92 days, forwards."})
        return attrs


class BusySerializer(StrictSerializer):
    """A stretch that is taken, without words."""

    start = serializers.DateTimeField(read_only=True)
    end = serializers.DateTimeField(read_only=True)
    kind = serializers.ChoiceField(choices=["booked", "held", "outside", "away"], read_only=True)
    tentative = serializers.BooleanField(read_only=True)


class BusyView(APIView):
    """When somebody is not free: booked, held, in an outside calendar, away. No words, no titles."""

    permissions = {"get": "meetings.view_bookingrules"}
    serializer_class = BusySerializer

    @extend_schema(
        parameters=[
            OpenApiParameter("user", int), OpenApiParameter("from", datetime, required=True),
            OpenApiParameter("until", datetime, required=True),
        ],
        responses=BusySerializer(many=True),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        form = BusyQuery(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        said = form.validated_data
        user = whose(request, said.get("user"))
        found = queries.taken(user, said["from"], said["until"])
        return Response(BusySerializer(found, many=True).data)


def asked_user(request: Request) -> User | None:
    """The user that `?user=` names.

    :raises NotFound: if there is none.
    """
    text = request.query_params.get("user", "")
    if set(request.query_params) - {"user", "format"}:
        raise serializers.ValidationError({"detail": "There is no such parameter."})
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):  # noqa: PLR2004 - a bigint
        raise NotFound
    found = User.objects.active().filter(pk=int(text)).first()
    if found is None:
        raise NotFound
    return found


routes = [
    ("meetings/rooms", RoomViewSet), ("meetings/focus-blocks", BlockViewSet),
    ("meetings/calendars", CalendarViewSet),
]  # fmt: skip
paths = [
    path("meetings/busy/", BusyView.as_view(), name="api-meetings-busy"),
    path("meetings/rules/", RulesView.as_view(), name="api-meetings-rules"),
]
