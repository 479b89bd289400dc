"""/meetings/"""

from django.urls import path

from meetings.views import answers, detail, series

app_name = "meetings"
urlpatterns = [
    path("", detail.meetings, name="meetings"),
    path("new/", detail.new, name="new"),
    path("<int:pk>/", detail.meeting, name="meeting"),
    path("<int:pk>/book/", detail.book, name="book"),
    path("<int:pk>/cancel/", detail.cancel, name="cancel"),
    path("<int:pk>/outcome/", detail.outcome, name="outcome"),
    path("<int:pk>/repeat/", series.repeat, name="repeat"),
    path("<int:pk>/answers/", answers.answers, name="answers"),
    path("<int:pk>/guests/", answers.add_guest, name="add_guest"),
    path("guests/<int:pk>/remove/", answers.remove_guest, name="remove_guest"),
    path("counters/<int:pk>/take/", answers.take_counter, name="take_counter"),
    path("counters/<int:pk>/refuse/", answers.refuse_counter, name="refuse_counter"),
    path("series/", series.every_series, name="every_series"),
    path("series/new/", series.new, name="new_series"),
    path("series/<int:pk>/", series.one_series, name="series"),
    path("series/<int:pk>/from/<int:meeting>/", series.later, name="series_later"),
    path("series/<int:pk>/end/", series.end, name="end_series"),
]
