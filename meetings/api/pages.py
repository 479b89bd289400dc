"""/api/meeting-kinds/, /api/booking-pages/, /api/booking-links/"""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Account
from journal.api import IdempotentMixin
from kit.api import Refused, StrictModelSerializer, StrictSerializer
from meetings.forms_pages import ORIGIN
from meetings.models import BookingPage, MeetingKind, Mode
from meetings.services import kinds
from meetings.services import pages as services
from meetings.services.refusals import BadPage
from people.doors import me
from people.models import Team, User

LONG = 10_000


class MeetingKindSerializer(StrictModelSerializer[MeetingKind]):
    name = serializers.CharField(max_length=80)
    minutes = serializers.IntegerField(min_value=5, max_value=720)
    mode = serializers.ChoiceField(choices=Mode.choices, default=Mode.VIDEO)
    before_minutes = serializers.IntegerField(min_value=0, max_value=240, default=0)
    after_minutes = serializers.IntegerField(min_value=0, max_value=240, default=0)
    agenda = serializers.CharField(max_length=LONG, allow_blank=True, default="")
    goals = serializers.CharField(max_length=LONG, allow_blank=True, default="")
    video_url = serializers.URLField(max_length=500, allow_blank=True, default="")
    materials = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=20, default=list
    )
    is_active = serializers.BooleanField(default=True)

    class Meta:
        model = MeetingKind
        fields = [
            "id", "name", "minutes", "mode", "before_minutes", "after_minutes", "agenda", "goals",
            "video_url", "materials", "is_active",
        ]  # fmt: skip
        read_only_fields = ["id"]

    def create(self, validated_data: dict[str, Any]) -> MeetingKind:
        return self._keep(None, validated_data)

    def update(self, instance: MeetingKind, validated_data: dict[str, Any]) -> MeetingKind:
        now = {n: getattr(instance, n) for n in self.Meta.fields if n != "id"}
        return self._keep(instance, now | validated_data)

    def _keep(self, row: MeetingKind | None, said: dict[str, Any]) -> MeetingKind:
        said["materials"], said["mode"] = tuple(said["materials"]), Mode(said["mode"])
        by, at = me(self.context["request"]), timezone.now()
        try:
            return kinds.keep_kind(kinds.KindDetails(**said), by=by, at=at, kind=row)
        except BadPage as refusal:
            raise Refused(str(refusal)) from refusal


class PageQuestionSerializer(StrictSerializer):
    label = serializers.CharField(max_length=120)  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=list(services.ASKS.items()))
    required = serializers.BooleanField(default=False)  # type: ignore[assignment]
    choices = serializers.ListField(
        child=serializers.CharField(max_length=120), max_length=20, default=list
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == "choice" and len(set(attrs["choices"])) < 2:  # noqa: PLR2004
            raise serializers.ValidationError({"choices": "Give at least two choices."})
        return attrs


class PageHostSerializer(StrictSerializer):
    user = serializers.PrimaryKeyRelatedField(queryset=User.objects.active())
    weight = serializers.IntegerField(min_value=1, max_value=10, default=1)


class BookingPageSerializer(StrictModelSerializer[BookingPage]):
    title = serializers.CharField(max_length=120)
    intro = serializers.CharField(max_length=2_000, allow_blank=True, default="")
    slug = serializers.SlugField(max_length=80)
    kind = serializers.PrimaryKeyRelatedField(queryset=MeetingKind.objects.filter(is_active=True))
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.all(), allow_null=True, default=None
    )
    hosts = PageHostSerializer(many=True, write_only=True, default=list)
    notice_minutes = serializers.IntegerField(min_value=0, max_value=43_200, default=240)
    days_ahead = serializers.IntegerField(min_value=1, max_value=365, default=60)
    step_minutes = serializers.IntegerField(min_value=5, max_value=240, default=30)
    turns = serializers.ChoiceField(choices=BookingPage.Turns.choices, default="person")
    questions = PageQuestionSerializer(many=True, default=list)
    frames = serializers.ListField(
        child=serializers.RegexField(rf"^{ORIGIN.pattern}$", max_length=200), max_length=20,
        default=list,
    )  # fmt: skip
    address = serializers.SerializerMethodField()

    class Meta:
        model = BookingPage
        fields = [
            "id", "title", "intro", "slug", "kind", "turns", "team", "account", "hosts",
            "notice_minutes", "days_ahead", "step_minutes", "questions", "frames", "address",
            "made_at", "expires_at", "used_at", "withdrawn_at",
        ]  # fmt: skip
        read_only_fields = ["id", "account", "made_at", "expires_at", "used_at", "withdrawn_at"]

    def get_address(self, row: BookingPage) -> str:
        return services.address(row)

    def create(self, validated_data: dict[str, Any]) -> BookingPage:
        return self._keep(None, validated_data)

    def update(self, instance: BookingPage, validated_data: dict[str, Any]) -> BookingPage:
        same = ("title", "intro", "slug", "kind", "turns", "team", "notice_minutes", "days_ahead",
                "step_minutes", "questions", "frames")  # fmt: skip
        said = {name: getattr(instance, name) for name in same}
        hosts = instance.page_hosts.select_related("user")
        said["hosts"] = [{"user": host.user, "weight": host.weight} for host in hosts]
        return self._keep(instance, said | validated_data)

    def _keep(self, row: BookingPage | None, said: dict[str, Any]) -> BookingPage:
        by, at = me(self.context["request"]), timezone.now()
        try:
            return services.keep_page(details_of(said), by=by, at=at, page=row)
        except BadPage as refusal:
            raise Refused(str(refusal)) from refusal


def details_of(said: dict[str, Any]) -> services.PageDetails:
    hosts = {host["user"].pk: host["weight"] for host in said["hosts"]}
    return services.PageDetails(**said | {"hosts": hosts})


class BookingLinkSerializer(BookingPageSerializer):
    """A link by which one account books once: `address` is in the first answer only."""

    slug = None  # type: ignore[assignment]
    account = serializers.PrimaryKeyRelatedField(queryset=Account.objects.active())
    turns = serializers.ChoiceField(choices=["person", "team"], default="person")
    lasts_days = serializers.IntegerField(min_value=1, max_value=365, default=30, write_only=True)

    class Meta(BookingPageSerializer.Meta):
        fields = [*(f for f in BookingPageSerializer.Meta.fields if f != "slug"), "lasts_days"]
        read_only_fields = ["id", "made_at", "expires_at", "used_at", "withdrawn_at"]

    def get_address(self, row: BookingPage) -> str:
        return str(getattr(row, "made_address", ""))

    def create(self, validated_data: dict[str, Any]) -> BookingPage:
        said = dict(validated_data)
        account, lasts = said.pop("account"), timedelta(days=said.pop("lasts_days"))
        by, at = me(self.context["request"]), timezone.now()
        try:
            row, address = services.make_link(
                details_of(said), account=account, by=by, at=at, lasts=lasts
            )
        except BadPage as refusal:
            raise Refused(str(refusal)) from refusal
        row.made_address = address  # type: ignore[attr-defined]
        return row


class MeetingKindViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    mixins.UpdateModelMixin, viewsets.GenericViewSet[MeetingKind],
):  # fmt: skip
    """Kinds of meetings: what one is like before anybody says otherwise."""

    queryset = MeetingKind.objects.all()
    serializer_class = MeetingKindSerializer
    lookup_value_regex = r"[0-9]{1,18}"
    http_method_names = ["get", "post", "patch", "head", "options"]
    permissions = {
        "list": "meetings.view_meeting", "retrieve": "meetings.view_meeting",
        "create": "meetings.change_meetingkind", "partial_update": "meetings.change_meetingkind",
    }  # fmt: skip


class _Pages(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    viewsets.GenericViewSet[BookingPage],
):  # fmt: skip
    queryset = BookingPage.objects.all()
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "meetings.view_bookingpage", "retrieve": "meetings.view_bookingpage",
        "create": "meetings.change_bookingpage", "partial_update": "meetings.change_bookingpage",
        "withdraw": "meetings.change_bookingpage",
    }  # fmt: skip
    http_method_names = ["get", "post", "patch", "head", "options"]

    @action(detail=True, methods=["post"], serializer_class=StrictSerializer)
    def withdraw(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Nobody books on it any more; meetings that came from it stand."""
        row = self.get_object()
        services.withdraw_page(row, by=me(request), at=timezone.now())
        row.refresh_from_db()
        shown = type(self).serializer_class or BookingPageSerializer
        return Response(shown(row, context=self.get_serializer_context()).data)


class BookingPageViewSet(_Pages, mixins.UpdateModelMixin):
    """Pages on which guests book by themselves."""

    serializer_class = BookingPageSerializer

    def get_queryset(self) -> QuerySet[BookingPage]:
        return BookingPage.objects.filter(digest=None)


class BookingLinkViewSet(_Pages):
    """Links by which one account books once."""

    serializer_class = BookingLinkSerializer

    def get_queryset(self) -> QuerySet[BookingPage]:
        return BookingPage.objects.exclude(digest=None)


routes = [
    ("meeting-kinds", MeetingKindViewSet),
    ("booking-pages", BookingPageViewSet),
    ("booking-links", BookingLinkViewSet),
]
