"""KPI pages: /kpis/, /kpis/turnaround/, its rows and downloads."""

from django.urls import path

from kpis import views

app_name = "kpis"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/figures.csv", views.figures_csv, name="figures_csv"),
    path("<slug:slug>/rows/", views.rows, name="rows"),
    path("<slug:slug>/rows.csv", views.rows_csv, name="rows_csv"),
]
