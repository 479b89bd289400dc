"""All doors: pages by app, the API, health."""

from django.conf import settings
from django.urls import include, path

from coordinator import gallery, views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("sign-in/", include("allauth.account.urls")),
    path("_components/", gallery.components, name="components"),
    path("search/", views.search, name="search"),
    path("help/<slug:page>/", views.help_page, name="help"),
    path("api/", include("coordinator.api_urls")),
    path("orders/", include("orders.urls")),
    path("meetings/", include("meetings.urls")),
    path("book/", include("meetings.urls_public")),
    path("kpis/export/", include("kpis.export.urls")),
    path("kpis/", include("kpis.urls")),
    path("follow-ups/", include("followups.urls")),
    path("inbox/", include("notices.urls")),
    path("announcements/", include("announcements.urls")),
    path("tracking/", include("tracking.urls")),
    path("process/", include("process.urls")),
    path("forecast/", include("forecast.urls")),
    path("improve/", include("improve.urls")),
    path("reports/", include("reports.urls")),
    path("mail/", include("mailroom.urls")),
    path("tasks/", include("tasks.urls")),
    path("documents/", include("documents.urls")),
    path("library/", include("library.urls")),
    path("imports/", include("imports.urls")),
    path("webhooks/", include("webhooks.urls")),
    path("", include("crm.urls")),
    path("", include("comms.urls")),
    path("", include("people.urls")),
    path("", include("desk.urls")),
]
if settings.DEMO:
    urlpatterns += [path("demo/sign-in/", views.demo_sign_in, name="demo_sign_in")]

handler400 = "coordinator.views.bad_request"
handler403 = "coordinator.views.forbidden"
handler404 = "coordinator.views.not_found"
handler500 = "coordinator.views.server_error"
