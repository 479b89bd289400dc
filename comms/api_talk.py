"""/api/attachments/ and /api/turns/"""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from comms import files, queries, services
from comms.models import Attachment, Thread, Turn, Visibility
from comms.waiting import may_settle
from journal.api import IdempotentMixin
from kit.api import Conflict, FilesParser, StrictModelSerializer, StrictSerializer
from kit.uploads import takes_files
from people.doors import me
from people.models import User


class AttachmentSerializer(StrictModelSerializer[Attachment]):
    """A file in a conversation; sent as multipart/form-data. Its bytes are at `url`."""

    thread = serializers.PrimaryKeyRelatedField(queryset=Thread.objects.all())
    visibility = serializers.ChoiceField(choices=Visibility.choices, default=Visibility.REQUESTER)
    file = serializers.FileField(write_only=True, allow_empty_file=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ["id", "thread", "message", "name", "kind", "size", "sha256", "visibility", "uploaded_by",
                  "uploaded_name", "at", "file", "url"]  # fmt: skip
        read_only_fields = ["id", "message", "name", "kind", "size", "sha256", "uploaded_by", "uploaded_name",
                            "at"]  # fmt: skip

    def get_url(self, row: Attachment) -> str:
        return f"/attachments/{row.pk}/{row.name}"

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = self.context["request"].user
        if not queries.threads_of(user, pks=[attrs["thread"].pk]).exists():
            raise serializers.ValidationError({"thread": "There is no such conversation."})
        if attrs["visibility"] not in queries.may_write(user):
            raise serializers.ValidationError(
                {"visibility": "You cannot show it to these readers."}
            )
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Attachment:
        user, thread, upload = (
            self.context["request"].user,
            validated_data["thread"],
            validated_data["file"],
        )
        subject = queries.subject_of(user, thread.subject_type, thread.subject_id)
        if subject is None:
            raise serializers.ValidationError({"thread": "There is no such conversation."})
        rows = files.attach_all(
            subject, [upload], visibility=validated_data["visibility"], by=user, at=timezone.now()
        )
        return rows[0]


class AttachmentFilter(django_filters.FilterSet):
    thread = django_filters.NumberFilter(field_name="thread_id", min_value=0, max_value=2**62)
    message = django_filters.NumberFilter(field_name="message_id", min_value=0, max_value=2**62)


@takes_files("UPLOAD_MAX_BYTES", at_once=1)
class AttachmentViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    viewsets.GenericViewSet[Attachment],
):  # fmt: skip
    """Files of conversations, as far as you may read them. Removing one keeps the row, not the file."""

    queryset = Attachment.objects.all()
    serializer_class = AttachmentSerializer
    filterset_class = AttachmentFilter
    parser_classes = [FilesParser]
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "comms.view_message", "retrieve": "comms.view_message", "create": "comms.add_message",
        "destroy": "comms.view_message",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Attachment]:
        if getattr(self, "swagger_fake_view", False):
            return Attachment.objects.none()
        return queries.attachments_of(me(self.request))

    def destroy(self, request: Request, pk: str) -> Response:
        """Take a file away: the desk any, others their own within a quarter of an hour."""
        row = queries.attachment_of(me(request), int(pk))
        if row is None:
            return Response(status=status.HTTP_404_NOT_FOUND)
        try:
            services.remove_attachment(row, by=me(request), at=timezone.now())
        except services.NotRemovable as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(status=status.HTTP_204_NO_CONTENT)


class QuestionSerializer(StrictModelSerializer[Turn]):
    subject_type = serializers.CharField(source="thread.subject_type", read_only=True)
    subject_id = serializers.IntegerField(source="thread.subject_id", read_only=True)
    closed = serializers.CharField(read_only=True, help_text="answered, not_needed, or empty.")

    class Meta:
        model = Turn
        fields = ["id", "thread", "subject_type", "subject_id", "question", "asked_by", "asked_user",
                  "asked_department", "to_desk", "channel", "answer", "opened_at", "closed_at", "closed",
                  "calendar_seconds", "business_seconds"]  # fmt: skip
        read_only_fields = fields


class NothingSerializer(StrictSerializer):
    """A step that needs no words."""


class TurnFilter(django_filters.FilterSet):
    thread = django_filters.NumberFilter(field_name="thread_id", min_value=0, max_value=2**62)
    asked_user = django_filters.NumberFilter(
        field_name="asked_user_id", min_value=0, max_value=2**62
    )
    asked_department = django_filters.NumberFilter(
        field_name="asked_department_id", min_value=0, max_value=2**62
    )
    open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")


class TurnViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Turn]
):
    """Questions, open and answered: the desk sees all, others those that they asked or are asked."""

    queryset = Turn.objects.all()
    serializer_class = QuestionSerializer
    filterset_class = TurnFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "comms.view_message", "retrieve": "comms.view_message", "settle": "comms.add_message",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Turn]:
        if getattr(self, "swagger_fake_view", False):
            return Turn.objects.none()
        return turns_of(me(self.request)).select_related("thread")

    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def settle(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """No answer is needed any more."""
        row, user = self.get_object(), me(request)
        if not may_settle(row, user):
            raise PermissionDenied
        NothingSerializer(data=request.data or {}).is_valid(raise_exception=True)
        services.no_answer_needed(row, by=user, at=timezone.now())
        return Response(QuestionSerializer(row).data)


def turns_of(user: User) -> QuerySet[Turn]:
    """The desk's are all; others see those that they asked, or that they or their side are asked."""
    if user.has_perm("desk.work_queue"):
        return Turn.objects.all()
    side = Q(asked_by=user) | Q(asked_user=user)
    if user.department_id is not None:
        side |= Q(asked_department=user.department_id)
    return Turn.objects.filter(side)
