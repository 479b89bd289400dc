"""/api/search/"""

from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordinator import search as finder
from kit.api import StrictSerializer
from kit.contents import unmarked
from people.doors import me

MOST = 50


class SearchSerializer(StrictSerializer):
    """What is asked; other parameters are refused."""

    q = serializers.CharField(help_text="Words and operators, as in the search box.")
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST, default=10, help_text="Rows of a kind."
    )

    def validate_q(self, text: str) -> Any:
        try:
            return finder.read(text)
        except finder.TooLong as refusal:
            raise serializers.ValidationError(str(refusal)) from refusal


class HitSerializer(StrictSerializer):
    kind = serializers.CharField()
    pk = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    sub = serializers.CharField()
    url = serializers.CharField()
    icon = serializers.CharField()
    score = serializers.IntegerField()
    excerpt = serializers.CharField(
        help_text="The words of its file, if it was found by them; else empty."
    )


class FoundSerializer(StrictSerializer):
    query = serializers.CharField(help_text="What was understood.")
    notes = serializers.ListField(child=serializers.CharField())
    hits = HitSerializer(many=True)


class SearchView(APIView):
    """Everything that the caller may see and that fits, as in the search box."""

    permissions = {"get": "desk.view_salesrequest"}

    @extend_schema(parameters=[SearchSerializer], responses=FoundSerializer)
    def get(self, request: Request) -> Response:
        asked = SearchSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        result = finder.search(me(request), said["q"], now=timezone.now(), limit=said["limit"])
        hits = [
            asdict(hit) | {"excerpt": unmarked(hit.excerpt)}
            for group in result.groups
            for hit in group.hits
        ]
        return Response({"query": str(result.query), "notes": result.notes, "hits": hits})
