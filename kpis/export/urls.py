"""/kpis/export/"""

from django.urls import path

from kpis.export import views

app_name = "kpi_export"
urlpatterns = [
    path("", views.exports, name="exports"),
    path("ask/", views.ask, name="ask"),
    path("<int:pk>/", views.export, name="export"),
    path("<int:pk>/export.zip", views.download, name="download"),
]
