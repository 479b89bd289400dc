"""/api/library-materials/"""

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from journal.api import IdempotentMixin
from kit.api import FilesParser, StrictModelSerializer, StrictSerializer, parsed
from kit.uploads import takes_files
from library import queries, services
from library.api.base import PK, NothingSerializer, guard
from library.files import file_of
from library.models import Favourite, Kind, Material, Sort, Tag, Version
from library.queries.finding import query_of
from library.queries.subjects import seen
from people.doors import me
from people.models import User

DAYS = {"min": date(1970, 1, 1), "max": date(2200, 1, 1)}


class VersionSerializer(StrictModelSerializer[Version]):
    """A file of a material; `state` says whether its text was read, `problem` why not."""

    state = serializers.CharField(source="reading.state", read_only=True)
    problem = serializers.CharField(source="reading.problem", read_only=True)
    pages = serializers.IntegerField(source="reading.pages", read_only=True, allow_null=True)

    class Meta:
        model = Version
        fields = ["number", "name", "mime", "size", "sha256", "note", "by", "at", "state", "problem",
                  "pages"]  # fmt: skip
        read_only_fields = fields


class MaterialSerializer(StrictModelSerializer[Material]):
    current = VersionSerializer(read_only=True)
    tags = serializers.SerializerMethodField()
    favourite = serializers.SerializerMethodField()

    class Meta:
        model = Material
        fields = ["id", "title", "kind", "description", "owner", "tags", "current", "review_on", "expires_on",
                  "created_at", "changed_at", "archived_at", "opened", "shared", "sent", "favourite"]  # fmt: skip
        read_only_fields = fields

    def get_tags(self, row: Material) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {sort: [] for sort in Sort.values}
        for tag in row.tags.all():
            found[tag.sort].append(tag.value)
        return found

    def get_favourite(self, row: Material) -> bool:
        mine = self.context.get("favourites")
        return row.pk in mine if mine is not None else False


def _words() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=30
    )


def _day(value: date) -> None:
    if not DAYS["min"] <= value <= DAYS["max"]:
        raise serializers.ValidationError("Choose a day nearer to now.")


class DescribedSerializer(StrictSerializer):
    """What a material is called and for whom it is; tags by sort."""

    title = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Kind.choices)
    description = serializers.CharField(max_length=5_000, required=False, allow_blank=True)
    owner = serializers.PrimaryKeyRelatedField(queryset=User.objects.active(), required=False)
    stage = _words()
    industry = _words()
    product = _words()
    language = _words()
    free = _words()
    review_on = serializers.DateField(required=False, allow_null=True, validators=[_day])
    expires_on = serializers.DateField(required=False, allow_null=True, validators=[_day])


class NewMaterialSerializer(DescribedSerializer):
    file = serializers.FileField(max_length=300, allow_empty_file=True)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)


class NewVersionSerializer(StrictSerializer):
    file = serializers.FileField(max_length=300, allow_empty_file=True)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)


class SuggestedSerializer(StrictSerializer):
    """`reason` is a sentence for people."""

    material = serializers.IntegerField(source="material.pk")
    title = serializers.CharField(source="material.title")
    reason = serializers.CharField()
    given_at = serializers.DateTimeField(allow_null=True)


class MaterialFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_words", max_length=200, label="Words in it")
    kind = django_filters.ChoiceFilter(choices=Kind.choices)
    owner = django_filters.NumberFilter(field_name="owner_id", min_value=0, max_value=2**62)
    stage = django_filters.CharFilter(method="by_tag", max_length=60)
    industry = django_filters.CharFilter(method="by_tag", max_length=60)
    product = django_filters.CharFilter(method="by_tag", max_length=60)
    language = django_filters.CharFilter(method="by_tag", max_length=60)
    free = django_filters.CharFilter(method="by_tag", max_length=60)
    expires_before = django_filters.DateFilter(field_name="expires_on", lookup_expr="lt")
    archived = django_filters.BooleanFilter(
        field_name="archived_at", lookup_expr="isnull", exclude=True
    )
    favourite = django_filters.BooleanFilter(method="by_favourite")

    def by_words(self, rows: Any, _name: str, value: str) -> Any:
        query = query_of(value)
        return rows if query is None else rows.filter(words__vector=query)

    def by_tag(self, rows: Any, name: str, value: str) -> Any:
        tagged = Tag.objects.filter(sort=name, key=value.casefold()[:60])
        return rows.filter(pk__in=tagged.values("material"))

    def by_favourite(self, rows: Any, _name: str, value: bool) -> Any:  # noqa: FBT001 - django-filter calls it so
        mine = Favourite.objects.filter(user=me(self.request)).values("material")
        return rows.filter(pk__in=mine) if value else rows.exclude(pk__in=mine)


VIEW, ADD, CHANGE = "library.view_material", "library.add_material", "library.change_material"


@takes_files("UPLOAD_MAX_BYTES", at_once=1)
class MaterialViewSet(
    IdempotentMixin, mixins.ListModelMixin, viewsets.GenericViewSet[Material]
):  # fmt: skip
    """Sales material. Files come as multipart/form-data; everything else as JSON."""

    queryset = Material.objects.all()
    serializer_class = MaterialSerializer
    filterset_class = MaterialFilter
    parser_classes = [JSONParser, FilesParser]
    lookup_value_regex = PK
    permissions = {
        "list": VIEW, "retrieve": VIEW, "create": ADD, "partial_update": CHANGE, "archive": CHANGE,
        "bring_back": CHANGE, "versions": VIEW, "add_version": CHANGE, "file": VIEW,
        "make_current": CHANGE, "favourite": VIEW, "forget": VIEW, "suggested": VIEW,
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Material]:
        rows = Material.objects.select_related("current__reading").defer("current__reading__text")
        return rows.prefetch_related("tags")

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if not getattr(self, "swagger_fake_view", False):
            mine = Favourite.objects.filter(user=me(self.request))
            context["favourites"] = set(mine.values_list("material", flat=True))
        return context

    def _say(self, pk: int, *, code: int = status.HTTP_200_OK) -> Response:
        row = self.get_queryset().get(pk=pk)
        data = MaterialSerializer(row, context=self.get_serializer_context()).data
        return Response(data, status=code)

    def _row(self, pk: str) -> Material:
        return get_object_or_404(Material, pk=int(pk))

    def _version(self, pk: str, number: str) -> Version:
        rows = Version.objects.select_related("material")
        return get_object_or_404(rows, material=int(pk), number=int(number))

    @extend_schema(responses=MaterialSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        return self._say(self._row(pk).pk)

    @extend_schema(
        request={"multipart/form-data": NewMaterialSerializer}, responses={201: MaterialSerializer}
    )
    def create(self, request: Request) -> Response:
        """Add material with its first file, which is read within moments."""
        data = _described(parsed(request, NewMaterialSerializer), me(request))
        file = data.pop("file")
        row = guard(
            lambda: services.add(
                **data, file=file.file, name=file.name, by=me(request), at=timezone.now()
            )
        )
        return self._say(row.pk, code=status.HTTP_201_CREATED)

    @extend_schema(request=DescribedSerializer, responses=MaterialSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Describe it anew; what is left out stays, a sort of tags that is given is replaced."""
        row = self._row(pk)
        said = parsed(request, DescribedSerializer, partial=True)
        tags = MaterialSerializer().get_tags(row) | {
            sort: said.pop(sort) for sort in Sort.values if sort in said
        }
        names = ("title", "kind", "description", "owner", "review_on", "expires_on")
        data = {name: getattr(row, name) for name in names} | said | {"tags": tags}
        guard(lambda: services.change(row, **data, by=me(request), at=timezone.now()))
        return self._say(row.pk)

    @extend_schema(request=NothingSerializer, responses=MaterialSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Put it away."""
        row = self._row(pk)
        guard(lambda: services.archive(row, by=me(request), at=timezone.now()))
        return self._say(row.pk)

    @extend_schema(request=NothingSerializer, responses=MaterialSerializer)
    @action(detail=True, methods=["post"], url_path="bring-back")
    def bring_back(self, request: Request, pk: str) -> Response:
        """Offer it again."""
        row = self._row(pk)
        guard(lambda: services.bring_back(row, by=me(request), at=timezone.now()))
        return self._say(row.pk)

    @extend_schema(responses=VersionSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def versions(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """All versions, newest first."""
        rows = self._row(pk).versions.select_related("reading").defer("reading__text")
        return Response(VersionSerializer(rows.order_by("-number"), many=True).data)

    @extend_schema(
        request={"multipart/form-data": NewVersionSerializer}, responses={201: VersionSerializer}
    )
    @versions.mapping.post
    def add_version(self, request: Request, pk: str) -> Response:
        """Another file; it is the current one from now on."""
        row, data = self._row(pk), parsed(request, NewVersionSerializer)
        file = data["file"]
        made = guard(
            lambda: services.add_version(
                row, file=file.file, name=file.name, note=data.get("note", ""), by=me(request),
                at=timezone.now(),
            )
        )  # fmt: skip
        return Response(VersionSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "*/*"): OpenApiTypes.BINARY})
    @action(
        detail=True, methods=["get"], url_path=r"versions/(?P<number>[0-9]{1,9})/file",
        filterset_class=None,
    )  # fmt: skip
    def file(self, request: Request, pk: str, number: str) -> HttpResponseBase:  # noqa: ARG002
        """The bytes of a version."""
        return file_of(self._version(pk, number))

    @extend_schema(request=NothingSerializer, responses=MaterialSerializer)
    @action(detail=True, methods=["post"], url_path=r"versions/(?P<number>[0-9]{1,9})/current")
    def make_current(self, request: Request, pk: str, number: str) -> Response:
        """Give out an older version again."""
        version = self._version(pk, number)
        guard(lambda: services.make_current(version, by=me(request), at=timezone.now()))
        return self._say(version.material_id)

    @extend_schema(request=NothingSerializer, responses=MaterialSerializer)
    @action(detail=True, methods=["post"])
    def favourite(self, request: Request, pk: str) -> Response:
        """Mark it for yourself."""
        row = self._row(pk)
        services.set_favourite(row, wanted=True, by=me(request), at=timezone.now())
        return self._say(row.pk)

    @extend_schema(responses={204: None})
    @favourite.mapping.delete
    def forget(self, request: Request, pk: str) -> Response:
        """No favourite of yours any more."""
        row = self._row(pk)
        services.set_favourite(row, wanted=False, by=me(request), at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=SuggestedSerializer(many=True))
    @action(
        detail=False, methods=["get"], filterset_class=None, pagination_class=None,
        url_path=r"suggested/(?P<label>[a-z_.]{1,60})/(?P<subject>[0-9]{1,18})",
    )  # fmt: skip
    def suggested(self, request: Request, label: str, subject: str) -> Response:
        """What fits a request, a meeting, a deal or an account that you may see."""
        found = seen(me(request), label, int(subject))
        if found is None:
            raise Http404
        rows = queries.suggest_for(found, at=timezone.now())
        return Response(SuggestedSerializer(rows, many=True).data)


def _described(data: dict[str, Any], user: User) -> dict[str, Any]:
    """Flat tags as the service takes them."""
    tags = {sort: data.pop(sort) for sort in Sort.values if sort in data}
    data.setdefault("owner", user)
    return data | {"tags": tags}
