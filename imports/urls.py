"""/imports/"""

from django.urls import path

from imports import undo_views as undo
from imports import views

app_name = "imports"
urlpatterns = [
    path("", views.imports, name="imports"),
    path("new/", views.new_import, name="new"),
    path("<int:pk>/", views.run, name="run"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/start/", views.start, name="start"),
    path("<int:pk>/again/", views.again, name="again"),
    path("<int:pk>/conflicts/", views.conflicts, name="conflicts"),
    path("<int:pk>/undo/", undo.ask, name="undo"),
    path("<int:pk>/undo/progress/", undo.progress, name="undo_progress"),
    path("<int:pk>/undo/left.csv", undo.left, name="undo_left"),
    path("<int:pk>/problems.csv", views.problems, name="problems"),
]
