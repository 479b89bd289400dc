"""KPI pages: /kpis/, /kpis/turnaround/, its rows and downloads."""

from django.urls import path

from kpis.views import downloads, judging, pages

app_name = "kpis"
urlpatterns = [
    path("", pages.overview, name="overview"),
    path("targets/<int:pk>/remove/", judging.remove_target, name="remove_target"),
    path("notes/<int:pk>/remove/", judging.remove_note, name="remove_note"),
    path("<slug:slug>/", pages.detail, name="detail"),
    path("<slug:slug>/figures.csv", downloads.figures, {"kind": "csv"}, name="figures_csv"),
    path("<slug:slug>/figures.xlsx", downloads.figures, {"kind": "xlsx"}, name="figures_xlsx"),
    path("<slug:slug>/trend.png", downloads.trend_png, name="trend_png"),
    path("<slug:slug>/rows/", pages.rows, name="rows"),
    path("<slug:slug>/rows.csv", downloads.rows, {"kind": "csv"}, name="rows_csv"),
    path("<slug:slug>/rows.xlsx", downloads.rows, {"kind": "xlsx"}, name="rows_xlsx"),
    path("<slug:slug>/target/", judging.set_target, name="set_target"),
    path("<slug:slug>/notes/", judging.write_note, name="write_note"),
    path("<slug:slug>/watch/", judging.watch, name="watch"),
]
