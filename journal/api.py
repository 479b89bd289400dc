"""Idempotency-Key for every POST of a viewset, and the journal as a resource."""

import hashlib

import django_filters
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from journal import idempotency
from journal.models import Entry
from kit.api import Refused
from kit.filters import MomentFilter


class IdempotentMixin:
    """POST with `Idempotency-Key` runs once per person and key; the reply is kept with it."""

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        key = request.headers.get("Idempotency-Key", "")
        if request.method != "POST" or not key:
            return
        if len(key) > idempotency.LONGEST or "\0" in key:
            raise Refused(f"An idempotency key has at most {idempotency.LONGEST} characters.")
        handler = self.post  # type: ignore[has-type]  # the router bound the action to it

        def wrapped(inner: Request, *a: object, **k: object) -> Response:
            body = {"path": inner.path, "data": _comparable(inner.data)}

            def effect() -> tuple[int, object]:
                reply = handler(inner, *a, **k)
                return reply.status_code, reply.data

            try:
                status, data, repeat = idempotency.once(int(inner.user.pk or 0), key, body, effect)
            except idempotency.KeyReused as refusal:
                raise Refused(str(refusal), "idempotency_key_reused") from refusal
            response = Response(data, status=status)
            if repeat:
                response["Idempotent-Replay"] = "true"
            return response

        self.post = wrapped


def _comparable(data: object) -> object:
    """A body that can be hashed: a file stands by what is in it."""
    if not isinstance(data, QueryDict):
        return data
    return {name: [_content(value) for value in data.getlist(name)] for name in data}


def _content(value: object) -> object:
    if not isinstance(value, UploadedFile):
        return value
    digest = hashlib.sha256()
    for block in value.chunks():
        digest.update(block)
    value.seek(0)
    return digest.hexdigest()


class EntrySerializer(serializers.ModelSerializer[Entry]):
    class Meta:
        model = Entry
        fields = [
            "id", "at", "action", "actor_id", "actor_name", "subject_type", "subject_id",
            "subject_name", "account_id", "data",
        ]  # fmt: skip
        read_only_fields = fields


class EntryFilter(django_filters.FilterSet):
    action = django_filters.CharFilter(max_length=80)
    subject_type = django_filters.CharFilter(max_length=60)
    subject_id = django_filters.NumberFilter(min_value=0, max_value=2**62)
    account_id = django_filters.NumberFilter(min_value=0, max_value=2**62)
    since = MomentFilter(field_name="at", lookup_expr="gte")


class EntryViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Entry]):
    """What happened, newest first."""

    queryset = Entry.objects.all()
    serializer_class = EntrySerializer
    filterset_class = EntryFilter
    permissions = {"list": "journal.view_entry"}


routes = [("journal", EntryViewSet)]
