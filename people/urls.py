"""/profile/ and /people/"""

from django.urls import path

from people.views import absences, calendars, coverage, persons

app_name = "people"
urlpatterns = [
    path("profile/", persons.profile, name="profile"),
    path("profile/appearance/", persons.appearance, name="appearance"),
    path("profile/tokens/", persons.make_token, name="make_token"),
    path("profile/tokens/<int:pk>/revoke/", persons.revoke_token, name="revoke_token"),
    path("people/", persons.colleagues, name="colleagues"),
    path("people/new/", persons.add_person, name="add_person"),
    path("people/<int:pk>/", persons.edit_person, name="edit_person"),
    path("people/calendars/", calendars.calendars, name="calendars"),
    path("people/calendars/new/", calendars.add_calendar, name="add_calendar"),
    path("people/calendars/<int:pk>/", calendars.calendar, name="calendar"),
    path("people/calendars/<int:pk>/holidays/", calendars.add_holiday, name="add_holiday"),
    path(
        "people/calendars/<int:pk>/public-holidays/",
        calendars.add_public_holidays,
        name="add_public_holidays",
    ),
    path(
        "people/calendars/<int:pk>/holidays/<int:holiday>/remove/",
        calendars.remove_holiday,
        name="remove_holiday",
    ),
    path("people/absences/", absences.absences, name="absences"),
    path("people/absences/new/", absences.add_absence, name="add_absence"),
    path("people/absences/<int:pk>/", absences.edit_absence, name="edit_absence"),
    path("people/absences/<int:pk>/remove/", absences.remove_absence, name="remove_absence"),
    path("people/coverage/", coverage.coverage, name="coverage"),
    path("people/teams/<int:pk>/minimum/", coverage.set_minimum, name="set_minimum"),
]
