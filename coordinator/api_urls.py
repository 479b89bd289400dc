"""/api/: every app's resources on one router, the schema and its page."""

from importlib import import_module

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated
from rest_framework.routers import SimpleRouter

from coordinator.api import SearchView

APPS = (
    "crm",
    "orders",
    "meetings",
    "desk",
    "tasks",
    "documents",
    "library",
    "comms",
    "followups",
    "imports",
    "kpis",
    "kpis.export",
    "journal",
    "webhooks",
    "notices",
    "announcements",
    "tracking",
    "process",
    "forecast",
    "improve",
    "reports",
)

router = SimpleRouter()
extra: list[URLPattern] = []
for app in APPS:
    module = import_module(f"{app}.api")
    extra += getattr(module, "paths", [])
    for prefix, viewset in module.routes:
        router.register(prefix, viewset, basename=f"api-{prefix}")

schema = SpectacularAPIView.as_view(permission_classes=[IsAuthenticated])
docs = SpectacularSwaggerSplitView.as_view(
    url_name="api-schema", permission_classes=[IsAuthenticated]
)

urlpatterns = [
    path("search/", SearchView.as_view(), name="api-search"),
    path("schema/", login_not_required(schema), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    *extra,
    path("", include(router.urls)),
]
