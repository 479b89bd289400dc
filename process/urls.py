"""/process/"""

from django.urls import include, path

app_name = "process"
urlpatterns = [path("logs/", include("process.importing.urls"))]
