"""/api/imports/"""

from rest_framework import mixins, viewsets

from imports.models import ImportRun
from kit.api import StrictModelSerializer


class ImportRunSerializer(StrictModelSerializer[ImportRun]):
    class Meta:
        model = ImportRun
        fields = [
            "id", "kind", "file_name", "dry_run", "good_rows_only", "status", "rows_read",
            "rows_total", "rows_good", "rows_bad", "created", "changed", "unchanged", "problem",
            "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class ImportRunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ImportRun]
):
    """Files that were brought in."""

    queryset = ImportRun.objects.all()
    serializer_class = ImportRunSerializer
    lookup_value_regex = r"[0-9]{1,18}"
    permissions = {"list": "imports.run_imports", "retrieve": "imports.run_imports"}


routes = [("imports", ImportRunViewSet)]
