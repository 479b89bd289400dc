"""/imports/"""

from django.urls import path

from imports import views

app_name = "imports"
urlpatterns = [
    path("", views.imports, name="imports"),
    path("new/", views.new_import, name="new"),
    path("<int:pk>/", views.run, name="run"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/start/", views.start, name="start"),
    path("<int:pk>/again/", views.again, name="again"),
    path("<int:pk>/problems.csv", views.problems, name="problems"),
]
