"""Process insight: /process/, a log with its tabs, cases, paths that are expected."""

from django.urls import include, path

from process.views import conformance, insight, logs

app_name = "process"
urlpatterns = [
    path("", logs.logs, name="logs"),
    path("logs/", include("process.importing.urls")),
    path("<int:pk>/", insight.process_map_page, name="map"),
    path("<int:pk>/map.csv", insight.map_csv, name="map_csv"),
    path("<int:pk>/variants/", insight.variants, name="variants"),
    path("<int:pk>/variants.csv", insight.variants_csv, name="variants_csv"),
    path("<int:pk>/rework/", insight.rework, name="rework"),
    path("<int:pk>/hand-overs/", insight.handovers, name="handovers"),
    path("<int:pk>/waiting/", insight.waiting, name="waiting"),
    path("<int:pk>/conformance/", conformance.conformance, name="conformance"),
    path("<int:pk>/cases/", insight.cases, name="cases"),
    path("<int:pk>/cases/<int:case_pk>/", insight.case, name="case"),
    path("<int:pk>/paths/new/", conformance.new_path, name="new_path"),
    path("<int:pk>/paths/<int:path_pk>/", conformance.edit_path, name="edit_path"),
    path("<int:pk>/paths/<int:path_pk>/remove/", conformance.remove_path, name="remove_path"),
    path("<int:pk>/remove/", logs.remove, name="remove"),
]
