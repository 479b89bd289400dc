"""/api/library-shares/"""

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Contact
from journal.api import IdempotentMixin
from kit.api import Refused, StrictModelSerializer, StrictSerializer, parsed
from library import queries, services
from library.api.base import PK, NothingSerializer, guard
from library.models import Material, Share
from library.models.sharing import MOST_FILES
from library.queries.subjects import account_of, contact_with, seen
from people.doors import me


class ShareSerializer(StrictModelSerializer[Share]):
    """A link to material; `link` is its address, for those who may see the share."""

    materials = serializers.SerializerMethodField()
    link = serializers.SerializerMethodField()

    class Meta:
        model = Share
        fields = ["id", "title", "words", "materials", "contact", "name", "email", "account", "subject_type",
                  "subject_id", "made_by", "made_at", "expires_at", "revoked_at", "gate", "domain",
                  "watermark", "download", "views", "first_viewed_at", "last_viewed_at", "link"]  # fmt: skip
        read_only_fields = fields

    def get_materials(self, row: Share) -> list[int]:
        return [item.material_id for item in sorted(row.items.all(), key=lambda i: i.position)]

    def get_link(self, row: Share) -> str:
        return services.link_of(row) if row.works(timezone.now()) else ""


class NewShareSerializer(StrictSerializer):
    """`days` is how long the link works; `subject_type` and `subject_id` what it is about."""

    materials = serializers.PrimaryKeyRelatedField(
        queryset=Material.objects.live(), many=True, allow_empty=False
    )
    contact = serializers.PrimaryKeyRelatedField(
        queryset=Contact.objects.active(), required=False, allow_null=True
    )
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    title = serializers.CharField(max_length=200, required=False, allow_blank=True)
    words = serializers.CharField(max_length=2_000, required=False, allow_blank=True)
    subject_type = serializers.CharField(max_length=60, required=False)
    subject_id = serializers.IntegerField(min_value=1, max_value=2**62 - 1, required=False)
    days = serializers.IntegerField(min_value=1, max_value=366, default=30)
    gate = serializers.BooleanField(default=False)
    domain = serializers.BooleanField(default=False)
    watermark = serializers.BooleanField(default=False)
    download = serializers.BooleanField(default=True)
    mail = serializers.BooleanField(default=False)

    def validate_materials(self, value: list[Material]) -> list[Material]:
        if len(value) > MOST_FILES:
            raise serializers.ValidationError(f"{MOST_FILES} files at most.")
        return value


class UntilSerializer(StrictSerializer):
    expires_at = serializers.DateTimeField()


class PageSerializer(StrictSerializer):
    page = serializers.IntegerField()
    visits = serializers.IntegerField()
    seconds = serializers.IntegerField()


class LookedSerializer(StrictSerializer):
    """What guests looked at in one file."""

    material = serializers.IntegerField(source="material.pk")
    visitors = serializers.IntegerField()
    seconds = serializers.IntegerField()
    downloads = serializers.IntegerField()
    pages = serializers.SerializerMethodField()

    @extend_schema(responses=PageSerializer(many=True))
    def get_pages(self, row: Any) -> list[dict[str, int]]:
        return [{"page": n, "visits": v, "seconds": s} for n, v, s in row.pages]


class ShareFilter(django_filters.FilterSet):
    account = django_filters.NumberFilter(field_name="account_id", min_value=0, max_value=2**62)
    contact = django_filters.NumberFilter(field_name="contact_id", min_value=0, max_value=2**62)
    made_by = django_filters.NumberFilter(field_name="made_by_id", min_value=0, max_value=2**62)
    material = django_filters.NumberFilter(
        field_name="items__material_id", min_value=0, max_value=2**62
    )
    subject_type = django_filters.CharFilter(max_length=60)
    subject_id = django_filters.NumberFilter(min_value=0, max_value=2**62)
    revoked = django_filters.BooleanFilter(
        field_name="revoked_at", lookup_expr="isnull", exclude=True
    )


SEES, SHARES, KEEPS = "library.view_share", "library.add_share", "library.change_share"


class ShareViewSet(IdempotentMixin, mixins.ListModelMixin, viewsets.GenericViewSet[Share]):
    """Links by which customers look at material, one file or a room of several."""

    queryset = Share.objects.all()
    serializer_class = ShareSerializer
    filterset_class = ShareFilter
    lookup_value_regex = PK
    permissions = {
        "list": SEES, "retrieve": SEES, "create": SHARES, "revoke": KEEPS, "prolong": KEEPS,
        "mail": KEEPS, "views": SEES,
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Share]:
        if getattr(self, "swagger_fake_view", False):
            return Share.objects.none()
        return Share.objects.visible_to(me(self.request)).prefetch_related("items")

    def _row(self, pk: str) -> Share:
        return get_object_or_404(self.get_queryset(), pk=int(pk))

    def _say(self, row: Share, *, code: int = status.HTTP_200_OK) -> Response:
        return Response(ShareSerializer(self._row(str(row.pk))).data, status=code)

    @extend_schema(responses=ShareSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._say(self._row(pk))

    @extend_schema(request=NewShareSerializer, responses={201: ShareSerializer})
    def create(self, request: Request) -> Response:
        """Make a link. 409 for material that is expired or archived."""
        data, user, now = parsed(request, NewShareSerializer), me(request), timezone.now()
        subject = self._subject(data)
        contact = data.get("contact") or contact_with(user, data.get("email", ""))
        if (
            contact is not None
            and not Contact.objects.visible_to(user).filter(pk=contact.pk).exists()
        ):
            raise Refused("There is no such contact.")
        rules = services.Rules(
            now + timedelta(days=data["days"]),
            **{name: data[name] for name in ("gate", "domain", "watermark", "download")},
        )
        row = guard(
            lambda: services.share(
                data["materials"], rules=rules, contact=contact, email=data.get("email", ""),
                title=data.get("title", ""), words=data.get("words", ""), subject=subject,
                account=account_of(subject), mail=data["mail"], by=user, at=now,
            )
        )  # fmt: skip
        return self._say(row, code=status.HTTP_201_CREATED)

    def _subject(self, data: dict[str, Any]) -> Model | None:
        kind, key = data.get("subject_type"), data.get("subject_id")
        if not kind and key is None:
            return None
        found = seen(me(self.request), kind, key) if kind and key else None
        if found is None:
            raise Refused("There is no such subject, or it is not for you to see.")
        return found

    @extend_schema(request=NothingSerializer, responses=ShareSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """The link stops working at once."""
        row = self._row(pk)
        guard(lambda: services.revoke(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @extend_schema(request=UntilSerializer, responses=ShareSerializer)
    @action(detail=True, methods=["post"], serializer_class=UntilSerializer)
    def prolong(self, request: Request, pk: str) -> Response:
        """Let it work until another moment."""
        row, data = self._row(pk), parsed(request, UntilSerializer)
        guard(lambda: services.prolong(row, **data, by=me(request), at=timezone.now()))
        return self._say(row)

    @extend_schema(request=NothingSerializer, responses=ShareSerializer)
    @action(detail=True, methods=["post"])
    def mail(self, request: Request, pk: str) -> Response:
        """Mail the guest the link."""
        row = self._row(pk)
        guard(lambda: services.mail_again(row, by=me(request), at=timezone.now()))
        return self._say(row)

    @extend_schema(responses=LookedSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def views(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """What was looked at, page by page, by people."""
        return Response(LookedSerializer(queries.looked_at(self._row(pk)), many=True).data)
