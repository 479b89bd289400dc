"""/inbox/"""

from django.urls import path

from notices.views import inbox

app_name = "notices"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("count/", inbox.count, name="count"),
    path("read/", inbox.read_all, name="read_all"),
    path("preferences/", inbox.preferences, name="preferences"),
    path("<int:pk>/open/", inbox.open_notice, name="open"),
]
