"""/book/: what guests open without an account."""

from django.urls import path

from meetings.views import public_booking, public_choosing, public_guest

app_name = "booking"
urlpatterns = [
    path("link/<str:key>/", public_booking.link, name="link"),
    path("done/<str:key>/", public_booking.done, name="done"),
    path("m/<str:key>/", public_guest.meeting, name="meeting"),
    path("m/<str:key>/meeting.ics", public_guest.calendar, name="calendar"),
    path("choose/<str:key>/", public_choosing.choose, name="choose"),
    path("<slug:slug>/", public_booking.page, name="page"),
]
