"""/meetings/"""

from django.urls import path

from meetings.views import availability, calendars, detail, feeds, rooms

app_name = "meetings"
urlpatterns = [
    path("", detail.meetings, name="meetings"),
    path("new/", detail.new, name="new"),
    path("<int:pk>/", detail.meeting, name="meeting"),
    path("<int:pk>/book/", detail.book, name="book"),
    path("<int:pk>/cancel/", detail.cancel, name="cancel"),
    path("<int:pk>/outcome/", detail.outcome, name="outcome"),
    path("availability/", availability.mine, name="availability"),
    path("availability/feed/", availability.feed, name="availability_feed"),
    path("availability/<int:user>/", availability.of_person, name="availability_of"),
    path("availability/<int:user>/rules/", availability.rules, name="availability_rules"),
    path("availability/<int:user>/blocks/", availability.add_block, name="add_block"),
    path("availability/<int:user>/calendars/", calendars.add, name="add_calendar"),
    path("blocks/<int:pk>/remove/", availability.remove_block, name="remove_block"),
    path("calendars/<int:pk>/act/", calendars.act, name="calendar_act"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/add/", rooms.add, name="add_room"),
    path("rooms/<int:pk>/", rooms.room, name="room"),
    path("rooms/<int:pk>/calendars/", calendars.add_to_room, name="add_room_calendar"),
    path("feed/<str:key>.ics", feeds.feed, name="feed"),
]
