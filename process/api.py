"""/api/process/"""

from rest_framework import viewsets

from process.importing.api import routes as importing

routes: list[tuple[str, type[viewsets.ViewSetMixin]]] = [*importing]
