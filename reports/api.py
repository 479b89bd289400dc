"""/api/reports/"""

from rest_framework import viewsets

routes: list[tuple[str, type[viewsets.ViewSetMixin]]] = []
