"""/follow-ups/"""

from django.urls import path

from followups import views

app_name = "followups"
urlpatterns = [
    path("", views.followups, name="followups"),
    path("<int:pk>/stop/", views.stop, name="stop"),
]
