"""/process/logs/"""

from django.urls import path

from process.importing import log_views, views

urlpatterns = [
    path("", log_views.logs, name="event_logs"),
    path("new/", views.new, name="new_log"),
    path("<int:pk>/edit/", log_views.edit, name="edit_log"),
    path("<int:pk>/remove/", log_views.remove, name="remove_log"),
    path("<int:pk>/log.xes", log_views.as_xes, name="log_xes"),
    path("<int:pk>/log.csv", log_views.as_csv, name="log_csv"),
    path("imports/<int:pk>/", views.one, name="log_import"),
    path("imports/<int:pk>/progress/", views.progress, name="log_import_progress"),
    path("imports/<int:pk>/start/", views.start, name="log_import_start"),
    path("imports/<int:pk>/go-on/", views.go_on, name="log_import_go_on"),
    path("imports/<int:pk>/cancel/", views.cancel, name="log_import_cancel"),
    path("imports/<int:pk>/bad-rows.csv", views.bad_rows, name="log_import_bad_rows"),
]
