"""/api/threads/, /api/messages/ and what belongs to them"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins, serializers, viewsets
from rest_framework.parsers import JSONParser

from comms import queries, services
from comms.api_mail import DeliveryViewSet, SenderViewSet, SuppressionViewSet
from comms.api_talk import AttachmentViewSet, TurnViewSet
from comms.models import Message, Thread, Visibility
from crm.models import Contact
from journal.api import IdempotentMixin
from kit.api import FilesParser, Refused, StrictModelSerializer
from kit.uploads import takes_files
from people.doors import me


class ThreadSerializer(StrictModelSerializer[Thread]):
    class Meta:
        model = Thread
        fields = ["id", "subject_type", "subject_id", "account_id", "created_at"]
        read_only_fields = fields


class MessageSerializer(StrictModelSerializer[Message]):
    """A message. Reps and departments write to the desk; only the desk writes to customers."""

    thread = serializers.PrimaryKeyRelatedField(queryset=Thread.objects.all())
    visibility = serializers.ChoiceField(choices=Visibility.choices, default=Visibility.REQUESTER)
    body = serializers.CharField(max_length=20_000)
    quotes = serializers.PrimaryKeyRelatedField(
        queryset=Message.objects.all(), required=False, allow_null=True
    )
    contacts = serializers.PrimaryKeyRelatedField(
        queryset=Contact.objects.all(), many=True, required=False, write_only=True,
        help_text="Who of the customer gets it by mail; left out, the first.",
    )  # fmt: skip
    subject_line = serializers.CharField(
        max_length=200, required=False, allow_blank=True, write_only=True
    )
    papers = serializers.ListField(
        child=serializers.CharField(max_length=80), max_length=20, required=False, write_only=True,
        help_text="Papers that go along, as `quote:12`, `confirmation:12` or `invoice:12`.",
    )  # fmt: skip
    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), max_length=services.MOST_FILES,
        required=False, write_only=True, help_text="In multipart/form-data only.",
    )  # fmt: skip
    attachments: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Message
        fields = ["id", "thread", "author", "author_name", "visibility", "body", "at", "quotes", "channel",
                  "contact", "edited_at", "withdrawn_at", "contacts", "subject_line", "papers", "files",
                  "attachments"]  # fmt: skip
        read_only_fields = [
            "id",
            "author",
            "author_name",
            "at",
            "channel",
            "contact",
            "edited_at",
            "withdrawn_at",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = self.context["request"].user
        if not queries.threads_of(user, pks=[attrs["thread"].pk]).exists():
            raise serializers.ValidationError({"thread": "There is no such conversation."})
        works = user.has_perm("desk.work_queue")
        if attrs["visibility"] == Visibility.CUSTOMER and not works:
            raise serializers.ValidationError({"visibility": "Only the desk writes to customers."})
        if attrs["visibility"] == Visibility.INTERNAL and not works and user.department_id is None:
            raise serializers.ValidationError({"visibility": "Internal notes are the desk's."})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Message:
        user, thread = self.context["request"].user, validated_data["thread"]
        subject = queries.subject_of(user, thread.subject_type, thread.subject_id)
        if subject is None:
            raise serializers.ValidationError({"thread": "There is no such conversation."})
        more = {
            name: validated_data[name]
            for name in ("quotes", "contacts", "subject_line", "papers", "files")
            if name in validated_data
        }
        try:
            return services.say(
                subject, body=validated_data["body"], visibility=validated_data["visibility"],
                by=user, at=timezone.now(), asks_desk=not user.has_perm("desk.work_queue"), **more,
            )  # fmt: skip
        except services.Unsendable as refusal:
            raise Refused(str(refusal)) from refusal


class ThreadFilter(django_filters.FilterSet):
    subject_type = django_filters.CharFilter(max_length=60)
    subject_id = django_filters.NumberFilter(min_value=0, max_value=2**62)


class MessageFilter(django_filters.FilterSet):
    thread = django_filters.NumberFilter(field_name="thread_id", min_value=0, max_value=2**62)


class ThreadViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Thread]
):
    """Conversations about requests and other objects."""

    queryset = Thread.objects.all()
    serializer_class = ThreadSerializer
    filterset_class = ThreadFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {"list": "comms.view_message", "retrieve": "comms.view_message"}

    def get_queryset(self) -> QuerySet[Thread]:
        if getattr(self, "swagger_fake_view", False):
            return Thread.objects.none()
        return queries.threads_of(me(self.request))


@takes_files("UPLOAD_MAX_BYTES", at_once=services.MOST_FILES)
class MessageViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin,
    viewsets.GenericViewSet[Message],
):  # fmt: skip
    """What was written, as far as you may read it."""

    queryset = Message.objects.all()
    serializer_class = MessageSerializer
    parser_classes = [JSONParser, FilesParser]
    filterset_class = MessageFilter
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {
        "list": "comms.view_message", "retrieve": "comms.view_message", "create": "comms.add_message",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Message]:
        if getattr(self, "swagger_fake_view", False):
            return Message.objects.none()
        return queries.messages_of(me(self.request)).prefetch_related("attachments")


routes = [
    ("threads", ThreadViewSet), ("messages", MessageViewSet), ("attachments", AttachmentViewSet),
    ("turns", TurnViewSet), ("deliveries", DeliveryViewSet), ("suppressions", SuppressionViewSet),
    ("senders", SenderViewSet),
]  # fmt: skip
