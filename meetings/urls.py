"""/meetings/"""

from django.urls import path

from meetings.views import detail, lists, moving, week

app_name = "meetings"
urlpatterns = [
    path("", lists.meetings, name="meetings"),
    path("new/", lists.new, name="new"),
    path("week/", week.week, name="week"),
    path("day/", week.day, name="my_day"),
    path("day/<int:user>/", week.day, name="day"),
    path("<int:pk>/", detail.meeting, name="meeting"),
    path("<int:pk>/book/", detail.book, name="book"),
    path("<int:pk>/move/", moving.move, name="move"),
    path("<int:pk>/change/", detail.change, name="change"),
    path("<int:pk>/people/", detail.add_person, name="add_person"),
    path("<int:pk>/people/<int:attendee>/remove/", detail.remove_person, name="remove_person"),
    path("<int:pk>/cancel/", detail.cancel, name="cancel"),
    path("<int:pk>/outcome/", detail.outcome, name="outcome"),
]
