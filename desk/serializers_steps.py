"""What the more particular steps of a request take by the API."""

from typing import Any

from rest_framework import serializers

from crm.api.shared import VisibleActive
from crm.models import Account
from desk.forms_queue import LONGEST_TAG, MOST_TAGS, tags_of
from desk.models import Priority
from kit.api import StrictSerializer
from people.models import User


class GiveSerializer(StrictSerializer):
    to = serializers.PrimaryKeyRelatedField(queryset=User.objects.active())
    why = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class Tag(serializers.CharField):
    """Small letters, at most thirty of them, no comma."""

    def __init__(self) -> None:
        super().__init__(max_length=LONGEST_TAG)

    def to_internal_value(self, data: Any) -> str:
        found = tags_of(str(super().to_internal_value(data)))
        if len(found) != 1:
            raise serializers.ValidationError("One tag in each place, without commas.")
        return found[0]


class TagsSerializer(StrictSerializer):
    add = serializers.ListField(child=Tag(), max_length=MOST_TAGS, required=False, default=list)
    remove = serializers.ListField(child=Tag(), max_length=MOST_TAGS, required=False, default=list)


class TickSerializer(StrictSerializer):
    step = serializers.CharField(max_length=200)
    done = serializers.BooleanField(default=True)


class TurnSerializer(StrictSerializer):
    party = serializers.ChoiceField(choices=["desk", "rep", "customer"])


class PrioritySerializer(StrictSerializer):
    priority = serializers.ChoiceField(choices=Priority.choices)


class WatchSerializer(StrictSerializer):
    stop = serializers.BooleanField(default=False)


class RatingSerializer(StrictSerializer):
    score = serializers.IntegerField(min_value=1, max_value=5)
    comment = serializers.CharField(max_length=1_000, required=False, allow_blank=True, default="")


class SplitSerializer(StrictSerializer):
    subject = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=20_000)


class EditSerializer(StrictSerializer):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    subject = serializers.CharField(max_length=200, required=False)
    account = VisibleActive(Account, required=False, allow_null=True)
    wanted_on = serializers.DateField(required=False, allow_null=True)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    data = serializers.DictField(required=False)  # type: ignore[assignment]
