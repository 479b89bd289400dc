"""/meetings/"""

from django.urls import path

from meetings.views import detail

app_name = "meetings"
urlpatterns = [
    path("", detail.meetings, name="meetings"),
    path("new/", detail.new, name="new"),
    path("<int:pk>/", detail.meeting, name="meeting"),
    path("<int:pk>/book/", detail.book, name="book"),
    path("<int:pk>/cancel/", detail.cancel, name="cancel"),
    path("<int:pk>/outcome/", detail.outcome, name="outcome"),
]
