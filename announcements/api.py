"""/api/announcements/"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from announcements import queries, services
from announcements.forms import LAST_DAY
from announcements.models import LONGEST_BODY, Announcement, Kind
from announcements.services import Audience
from journal.api import IdempotentMixin
from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer
from people.doors import me
from people.models import Department, Role, Team

CONFLICTS = (
    services.ChangedMeanwhile, services.Withdrawn, services.TooSoon, services.NobodyLeft,
    services.NotAsked,
)  # fmt: skip
VIEW, ADD, CHANGE = (f"announcements.{word}_announcement" for word in ("view", "add", "change"))
READERS = 1000


def guard(act: Any) -> Any:
    """Run one service call; its refusals become 409 or 422."""
    try:
        return act()
    except CONFLICTS as refusal:
        raise Conflict(str(refusal)) from refusal
    except services.BadAnnouncement as refusal:
        raise Refused(str(refusal)) from refusal


class AnnouncementSerializer(StrictModelSerializer[Announcement]):
    """A note; `asks_version` is the version from which on it has to be read and confirmed."""

    roles = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Announcement
        fields = [
            "id", "kind", "title", "body", "everybody", "teams", "departments", "roles", "important",
            "valid_until", "version", "asks_version", "created_by", "created_at", "edited_at", "withdrawn_at",
        ]  # fmt: skip
        read_only_fields = fields


class AnnouncementFields(StrictSerializer):
    """Without teams, departments and roles it is for everybody."""

    title = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=LONGEST_BODY)
    teams = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.all(), many=True, required=False
    )
    departments = serializers.PrimaryKeyRelatedField(
        queryset=Department.objects.all(), many=True, required=False
    )
    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=Role.choices), required=False, max_length=10
    )
    important = serializers.BooleanField(default=False)
    valid_until = serializers.DateField(default=None, allow_null=True)

    def validate_valid_until(self, value: Any) -> Any:
        if value is not None and not 2000 <= value.year <= LAST_DAY.year:  # noqa: PLR2004 - nobody plans beyond
            raise serializers.ValidationError("Choose a day nearer to now.")
        return value

    def said(self) -> dict[str, Any]:
        data = dict(self.validated_data)
        chosen = {name: data.pop(name, []) for name in ("teams", "departments", "roles")}
        return data | {"audience": Audience(everybody=not any(chosen.values()), **chosen)}


class NewAnnouncementSerializer(AnnouncementFields):
    kind = serializers.ChoiceField(choices=Kind.choices, default=Kind.NEWS)


class ChangeAnnouncementSerializer(AnnouncementFields):
    """The whole announcement as it shall stand; `again` asks everybody to read it again."""

    version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    again = serializers.BooleanField(default=False)


class ConfirmSerializer(StrictSerializer):
    version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class EmptySerializer(StrictSerializer):
    pass


class ReaderSerializer(serializers.Serializer[Any]):
    user = serializers.IntegerField(source="user.pk")
    name = serializers.CharField(source="user.name")
    seen_at = serializers.DateTimeField(allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True)


class AnnouncementFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=Kind.choices)
    important = django_filters.BooleanFilter()


class AnnouncementViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Announcement],
):  # fmt: skip
    """Notes to the sales team, as far as they are meant for you."""

    queryset = Announcement.objects.all()
    serializer_class = AnnouncementSerializer
    filterset_class = AnnouncementFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": VIEW, "retrieve": VIEW, "create": ADD, "update": CHANGE, "withdraw": CHANGE,
        "remind": CHANGE, "readers": CHANGE, "opened": VIEW, "confirm": VIEW,
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Announcement]:
        if getattr(self, "swagger_fake_view", False):
            return Announcement.objects.none()
        rows = Announcement.objects.visible_to(me(self.request))
        return rows.prefetch_related("teams", "departments")

    def _shown(self, row: Announcement, code: int = status.HTTP_200_OK) -> Response:
        fresh = self.get_queryset().get(pk=row.pk)
        return Response(AnnouncementSerializer(fresh).data, status=code)

    @extend_schema(request=NewAnnouncementSerializer, responses={201: AnnouncementSerializer})
    def create(self, request: Request) -> Response:
        data = NewAnnouncementSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        row = guard(lambda: services.publish(**data.said(), by=me(request), at=timezone.now()))
        return self._shown(row, status.HTTP_201_CREATED)

    @extend_schema(request=ChangeAnnouncementSerializer, responses=AnnouncementSerializer)
    def update(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row, data = self.get_object(), ChangeAnnouncementSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        guard(lambda: services.change(row, **data.said(), by=me(request), at=timezone.now()))
        return self._shown(row)

    @extend_schema(responses=AnnouncementSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def withdraw(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        row = self.get_object()
        services.withdraw(row, by=me(request), at=timezone.now())
        return self._shown(row)

    @extend_schema(responses=AnnouncementSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def remind(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Those who have not read or confirmed it; 409 within an hour of the last time."""
        row = self.get_object()
        guard(lambda: services.remind(row, by=me(request), at=timezone.now()))
        return self._shown(row)

    @extend_schema(responses=AnnouncementSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def opened(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """You have seen it."""
        row = self.get_object()
        services.opened(row, by=me(request), at=timezone.now())
        return self._shown(row)

    @extend_schema(responses=AnnouncementSerializer)
    @action(detail=True, methods=["post"], serializer_class=ConfirmSerializer)
    def confirm(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """You have read and understood that version; 409 if it says something else by now."""
        row, data = self.get_object(), ConfirmSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        version = data.validated_data["version"]
        guard(lambda: services.confirm(row, version=version, by=me(request), at=timezone.now()))
        return self._shown(row)

    @extend_schema(responses=ReaderSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def readers(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Who has read and confirmed it, and who has not; up to a thousand."""
        rows = queries.reading_rows(self.get_object(), most=READERS)
        return Response(ReaderSerializer(rows, many=True).data)


routes = [("announcements", AnnouncementViewSet)]
