"""/meetings/"""

from django.urls import path

from meetings.views import answers, detail, lists, moving, series, week

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
    path("<int:pk>/repeat/", series.repeat, name="repeat"),
    path("<int:pk>/answers/", answers.answers, name="answers"),
    path("counters/<int:pk>/take/", answers.take_counter, name="take_counter"),
    path("counters/<int:pk>/refuse/", answers.refuse_counter, name="refuse_counter"),
    path("series/", series.every_series, name="every_series"),
    path("series/new/", series.new, name="new_series"),
    path("series/<int:pk>/", series.one_series, name="series"),
    path("series/<int:pk>/from/<int:meeting>/", series.later, name="series_later"),
    path("series/<int:pk>/end/", series.end, name="end_series"),
]
