"""/api/notices/ and /api/notice-preferences/"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from journal.api import IdempotentMixin
from kit.api import Refused, StrictModelSerializer, StrictSerializer
from notices import services
from notices.kinds import KINDS, Mail
from notices.models import Notice
from people.doors import me


class NoticeSerializer(StrictModelSerializer[Notice]):
    """What you were told. `on_behalf` says for whom, if you cover."""

    class Meta:
        model = Notice
        fields = ["id", "kind", "title", "body", "link", "about_type", "about_id", "about_name", "on_behalf",
                  "at", "read_at", "settled_at"]  # fmt: skip
        read_only_fields = fields


class EmptySerializer(StrictSerializer):
    pass


class NoticeFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=[(code, code) for code in KINDS])
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")


class NoticeViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Notice],
):  # fmt: skip
    """Your own inbox, one notice at a time."""

    queryset = Notice.objects.all()
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "notices.view_notice", "retrieve": "notices.view_notice",
        "read": "notices.view_notice", "unread": "notices.view_notice",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Notice]:
        if getattr(self, "swagger_fake_view", False):
            return Notice.objects.none()
        return Notice.objects.filter(user=me(self.request))

    def _marked(self, row: Notice) -> Response:
        row.refresh_from_db()
        return Response(NoticeSerializer(row).data)

    @extend_schema(responses=NoticeSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def read(self, request: Request, pk: str) -> Response:
        """It is read; twice changes nothing."""
        row = get_object_or_404(self.get_queryset(), pk=pk)
        services.mark_read(me(request), row.pk, at=timezone.now())
        return self._marked(row)

    @extend_schema(responses=NoticeSerializer)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def unread(self, request: Request, pk: str) -> Response:
        """It is unread again."""
        row = get_object_or_404(self.get_queryset(), pk=pk)
        services.mark_unread(me(request), row.pk)
        return self._marked(row)


class KindSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    name = serializers.CharField()
    group = serializers.CharField()
    channels = serializers.DictField(child=serializers.CharField())


class ChosenSerializer(StrictSerializer):
    """{channel: {kind: "now", "digest" or "never"}}; what is left out stays."""

    chosen = serializers.DictField(
        child=serializers.DictField(child=serializers.ChoiceField(choices=Mail.choices))
    )


class PreferencesView(APIView):
    """How you hear of each kind on each channel."""

    permissions = {"get": "notices.view_notice", "put": "notices.change_preference"}

    @extend_schema(responses=KindSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(services.preferences_of(me(request)))

    @extend_schema(request=ChosenSerializer, responses=KindSerializer(many=True))
    def put(self, request: Request) -> Response:
        said = ChosenSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        try:
            services.prefer(me(request), said.validated_data["chosen"], at=timezone.now())
        except services.NoSuchChoice as refusal:
            raise Refused(str(refusal)) from refusal
        return Response(services.preferences_of(me(request)))


routes = [("notices", NoticeViewSet)]
paths = [
    path("notice-preferences/", PreferencesView.as_view(), name="api-notice-preferences"),
]
