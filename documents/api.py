"""/api/documents/"""

from typing import Any

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from comms.queries import subject_of
from crm.models import Contact
from documents import forms, queries, services
from documents.models import MOST_FILES, DocumentAsk, DocumentFile, IllegalMove
from documents.models import Status as AskStatus
from journal.api import IdempotentMixin
from kit.api import Conflict, Refused, StrictModelSerializer, StrictSerializer
from kit.filters import MomentFilter
from kit.zones import zone_names
from people.doors import me

PK = r"[0-9]{1,18}"
CONFLICTS = (IllegalMove, services.Finished, services.ChangedMeanwhile)


def guard(act: Any) -> Any:
    """Run one service call; its refusals become 409 or 422."""
    try:
        return act()
    except CONFLICTS as refusal:
        raise Conflict(str(refusal)) from refusal
    except services.BadAsk as refusal:
        raise Refused(str(refusal)) from refusal


class FileSerializer(StrictModelSerializer[DocumentFile]):
    """A file that came; `attachment` is its key in the conversation."""

    name = serializers.CharField(source="attachment.name", read_only=True)
    size = serializers.IntegerField(source="attachment.size", read_only=True)
    kind = serializers.CharField(source="attachment.kind", read_only=True)
    removed = serializers.SerializerMethodField()

    class Meta:
        model = DocumentFile
        fields = ["id", "attachment", "name", "size", "kind", "round", "at", "removed"]
        read_only_fields = fields

    def get_removed(self, row: DocumentFile) -> bool:
        return row.attachment.removed_at is not None


class AskSerializer(StrictModelSerializer[DocumentAsk]):
    """An ask; `due_at` is the instant that the wall time `due_on`, `due_time` in `zone` means."""

    due_time = serializers.CharField(read_only=True, help_text="On the wall: 17:00:00.")
    files = FileSerializer(many=True, read_only=True)

    class Meta:
        model = DocumentAsk
        fields = [
            "id", "title", "words", "contact", "contact_name", "account", "asked_by", "asked_at",
            "subject_type", "subject_id", "subject_name", "due_on", "due_time", "zone", "due_at",
            "max_files", "status", "round", "reason", "reminded_at", "opened_at", "received_at",
            "closed_at", "closed_by", "template", "files",
        ]  # fmt: skip
        read_only_fields = fields


class NewAskSerializer(StrictSerializer):
    """`zone`: whose wall clock; left out, the contact's, or the caller's where that is not known."""

    subject_type = serializers.CharField(max_length=60)
    subject_id = serializers.IntegerField(min_value=1, max_value=2**62)
    contact = serializers.PrimaryKeyRelatedField(queryset=Contact.objects.active())
    title = serializers.CharField(max_length=200)
    words = serializers.CharField(max_length=5_000)
    due_on = serializers.DateField()
    due_time = serializers.TimeField(default=forms.END_OF_DAY)
    zone = serializers.CharField(max_length=60, required=False)
    max_files = serializers.IntegerField(min_value=1, max_value=MOST_FILES, default=1)

    def validate_zone(self, value: str) -> str:
        if value not in zone_names():
            raise serializers.ValidationError("Choose a time zone such as Europe/Amsterdam.")
        return value


class SeenSerializer(StrictSerializer):
    """`seen`: the newest file that was looked at; 409 if another came since. Left out: any."""

    seen = serializers.IntegerField(min_value=0, max_value=2**62, required=False)


class ReturnSerializer(SeenSerializer):
    reason = serializers.CharField(max_length=500)


class WithdrawSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class AskFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=AskStatus.choices)
    subject_type = django_filters.CharFilter(max_length=60)
    subject_id = django_filters.NumberFilter(min_value=0, max_value=2**62)
    contact = django_filters.NumberFilter(field_name="contact_id", min_value=0, max_value=2**62)
    account = django_filters.NumberFilter(field_name="account_id", min_value=0, max_value=2**62)
    due_before = MomentFilter(field_name="due_at", lookup_expr="lt")


def _parsed(request: Request, kind: type[StrictSerializer]) -> dict[str, Any]:
    form = kind(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


class DocumentAskViewSet(
    IdempotentMixin, mixins.ListModelMixin, viewsets.GenericViewSet[DocumentAsk]
):
    """Documents that customers were asked for."""

    queryset = DocumentAsk.objects.all()
    serializer_class = AskSerializer
    filterset_class = AskFilter
    lookup_value_regex = PK
    permissions = {
        "list": "documents.view_documentask", "retrieve": "documents.view_documentask",
        "create": "documents.add_documentask", "accept": "documents.change_documentask",
        "send_back": "documents.change_documentask", "withdraw": "documents.change_documentask",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[DocumentAsk]:
        if getattr(self, "swagger_fake_view", False):
            return DocumentAsk.objects.none()
        return queries.visible_to(me(self.request)).prefetch_related("files__attachment")

    def _row(self, pk: str) -> DocumentAsk:
        row = queries.ask_of(me(self.request), int(pk))
        if row is None:
            raise Http404
        return row

    def _say(self, row: DocumentAsk, *, code: int = status.HTTP_200_OK) -> Response:
        return Response(AskSerializer(DocumentAsk.objects.get(pk=row.pk)).data, status=code)

    @extend_schema(responses=AskSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._say(self._row(pk))

    @extend_schema(request=NewAskSerializer, responses={201: AskSerializer})
    def create(self, request: Request) -> Response:
        """Ask a contact; she gets a mail with a link. 409 for an object that is finished."""
        data, user = _parsed(request, NewAskSerializer), me(request)
        kind, key = data.pop("subject_type"), data.pop("subject_id")
        subject = subject_of(user, kind, key) if kind in settings.THREAD_PARTIES else None
        if subject is None:
            raise Refused("There is no such subject, or it is not for you to see.")
        data.setdefault("zone", data["contact"].zone or user.zone)
        row = guard(lambda: services.ask(subject, **data, by=user, at=timezone.now()))
        return self._say(row, code=status.HTTP_201_CREATED)

    @extend_schema(responses=AskSerializer)
    @action(detail=True, methods=["post"], serializer_class=SeenSerializer)
    def accept(self, request: Request, pk: str) -> Response:
        """They are good; all links of the customer die."""
        row, data = self._row(pk), _parsed(request, SeenSerializer)
        guard(lambda: services.accept(row, **data, by=me(request), at=timezone.now()))
        return self._say(row)

    @extend_schema(responses=AskSerializer)
    @action(detail=True, methods=["post"], url_path="return", serializer_class=ReturnSerializer)
    def send_back(self, request: Request, pk: str) -> Response:
        """They cannot be used: the customer gets the reason and a new link."""
        row, data = self._row(pk), _parsed(request, ReturnSerializer)
        guard(lambda: services.send_back(row, **data, by=me(request), at=timezone.now()))
        return self._say(row)

    @extend_schema(responses=AskSerializer)
    @action(detail=True, methods=["post"], serializer_class=WithdrawSerializer)
    def withdraw(self, request: Request, pk: str) -> Response:
        """Not needed any more; the customer is told."""
        row, data = self._row(pk), _parsed(request, WithdrawSerializer)
        guard(lambda: services.withdraw(row, **data, by=me(request), at=timezone.now()))
        return self._say(row)


routes = [("documents", DocumentAskViewSet)]
