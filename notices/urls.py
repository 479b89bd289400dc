"""/inbox/"""

from django.urls import path

from notices.views import inbox, preferences, settings

app_name = "notices"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("rows/", inbox.rows, name="rows"),
    path("count/", inbox.count, name="count"),
    path("read/", inbox.read_all, name="read_all"),
    path("seen/", inbox.seen, name="seen"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("settings/", settings.settings, name="settings"),
    *settings.SET_UP.urls(),
    path("about/<int:pk>/", inbox.subject, name="subject"),
    path("about/<int:pk>/open/", inbox.open_bundle, name="open_bundle"),
    path("about/<int:pk>/mark/", inbox.mark_bundle, name="mark_bundle"),
    path("<int:pk>/open/", inbox.open_notice, name="open"),
    path("<int:pk>/mark/", inbox.mark, name="mark"),
]
