"""/webhooks/"""

from django.urls import path

from webhooks import views

app_name = "webhooks"
urlpatterns = [
    path("", views.endpoints, name="endpoints"),
    path("new/", views.add, name="add"),
    path("<int:pk>/", views.endpoint, name="endpoint"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/act/", views.act, name="act"),
    path("calls/<int:pk>/", views.call, name="call"),
    path("calls/<int:pk>/replay/", views.replay, name="replay"),
]
