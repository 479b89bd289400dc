"""What the API says of a process. Waits and durations are seconds; shares are 0 to 1."""

from typing import Any

from rest_framework import serializers

Base = serializers.Serializer[Any]


class ProcessWaitSerializer(Base):
    mean = serializers.FloatField()
    median = serializers.FloatField()
    p90 = serializers.FloatField()


class ProcessNodeSerializer(Base):
    id = serializers.IntegerField()
    name = serializers.CharField()
    n = serializers.IntegerField()


class ProcessEdgeSerializer(Base):
    source = serializers.IntegerField(help_text="Id of an activity; -1: the start.")  # type: ignore[assignment]
    target = serializers.IntegerField(help_text="Id of an activity; -2: the end.")
    n = serializers.IntegerField()
    calendar = ProcessWaitSerializer(allow_null=True)
    business = ProcessWaitSerializer(allow_null=True)


class MapSerializer(Base):
    cases = serializers.IntegerField()
    events = serializers.IntegerField()
    nodes = ProcessNodeSerializer(many=True)
    edges = ProcessEdgeSerializer(many=True)


class WaySerializer(Base):
    id = serializers.IntegerField()
    rank = serializers.IntegerField()
    activities = serializers.ListField(child=serializers.CharField())
    n = serializers.IntegerField()
    share = serializers.FloatField()
    covered = serializers.FloatField(help_text="Share of all cases of this way and those above.")
    open = serializers.IntegerField()
    calendar = serializers.FloatField()
    business = serializers.FloatField()
    rework = serializers.BooleanField()


class VariantsSerializer(Base):
    many = serializers.IntegerField()  # type: ignore[assignment]  # a field named many
    cases = serializers.IntegerField()
    once = serializers.IntegerField(help_text="Ways that one case took.")
    rows = WaySerializer(many=True)


class AgainSerializer(Base):
    activity = serializers.IntegerField()
    name = serializers.CharField()
    cases = serializers.IntegerField()
    extra = serializers.IntegerField()
    calendar = serializers.FloatField()
    business = serializers.FloatField()


class LoopSerializer(Base):
    source = serializers.IntegerField()  # type: ignore[assignment]  # a field named source
    target = serializers.IntegerField()
    name = serializers.CharField()
    other = serializers.CharField(allow_blank=True, help_text="Empty: the same again at once.")
    cases = serializers.IntegerField(allow_null=True)
    times = serializers.IntegerField()
    calendar = serializers.FloatField()
    business = serializers.FloatField()


class ReworkSerializer(Base):
    cases = serializers.IntegerField()
    with_rework = serializers.IntegerField()
    share = serializers.FloatField()
    again = AgainSerializer(many=True)
    loops = LoopSerializer(many=True)


class BackByTypeSerializer(Base):
    type_id = serializers.IntegerField()
    name = serializers.CharField()
    requests = serializers.IntegerField()
    back = serializers.IntegerField()
    times = serializers.IntegerField()
    calendar = serializers.FloatField()
    business = serializers.FloatField()


class MissingSerializer(Base):
    type_id = serializers.IntegerField()
    type = serializers.CharField()
    field = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]  # a field named required
    requests = serializers.IntegerField()
    share = serializers.FloatField()


class RefusedSerializer(Base):
    department = serializers.CharField()
    reason = serializers.CharField()
    n = serializers.IntegerField()


class BouncesSerializer(Base):
    asked = serializers.IntegerField()
    types = BackByTypeSerializer(many=True)
    missing = MissingSerializer(many=True)
    refused = RefusedSerializer(many=True)


class HandoverSerializer(Base):
    source = serializers.CharField()  # type: ignore[assignment]  # a field named source
    target = serializers.CharField()
    n = serializers.IntegerField()
    calendar = serializers.FloatField()
    business = serializers.FloatField()


class MatrixSerializer(Base):
    handovers = serializers.IntegerField()
    stayed = serializers.IntegerField()
    cases = serializers.IntegerField()
    per_case = serializers.FloatField()
    cells = HandoverSerializer(many=True)


class WaitShareSerializer(Base):
    party = serializers.CharField(allow_blank=True)
    label = serializers.CharField()  # type: ignore[assignment]  # a field named label
    waits = serializers.IntegerField()
    calendar = serializers.FloatField()
    business = serializers.FloatField()
    calendar_median = serializers.FloatField()
    business_median = serializers.FloatField()


class WaitingSerializer(Base):
    by = serializers.CharField(help_text="party, or resource where the log has no parties.")
    cases = serializers.IntegerField()
    shares = WaitShareSerializer(many=True)


class DeviationSerializer(Base):
    key = serializers.CharField(help_text="For `deviates` of the cases.")
    kind = serializers.CharField()
    activity = serializers.IntegerField()
    name = serializers.CharField()
    cases = serializers.IntegerField()
    share = serializers.FloatField()


class ConformanceSerializer(Base):
    path = serializers.CharField()
    steps = serializers.ListField(child=serializers.CharField())
    cases = serializers.IntegerField(help_text="Finished ones.")
    fitting = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    deviations = DeviationSerializer(many=True)


class PathSerializer(Base):
    id = serializers.IntegerField()
    name = serializers.CharField()
    steps = serializers.ListField(child=serializers.CharField())


class CaseSerializer(Base):
    id = serializers.IntegerField()
    key = serializers.CharField()
    subject_id = serializers.IntegerField(allow_null=True)
    team_id = serializers.IntegerField()
    type_id = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    steps = serializers.IntegerField()
    rework = serializers.BooleanField()
    is_open = serializers.BooleanField()
    seconds = serializers.FloatField()
    business_seconds = serializers.FloatField()
    variant_id = serializers.IntegerField()


class CasePageSerializer(Base):
    next = serializers.CharField(allow_null=True, help_text="Send it as `after`.")
    results = CaseSerializer(many=True)
