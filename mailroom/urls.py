"""/mail/"""

from django.urls import path

from mailroom.views import mails
from mailroom.views.settings import SET_UP

app_name = "mailroom"
urlpatterns = [
    path("", mails.mails, name="mails"),
    path("<int:pk>/", mails.mail, name="mail"),
    path("<int:pk>/page/", mails.frame, name="frame"),
    path("<int:pk>/raw/", mails.raw, name="raw"),
    path("<int:pk>/request/", mails.make_request, name="make_request"),
    path("<int:pk>/conversation/", mails.to_conversation, name="to_conversation"),
    path("<int:pk>/ignore/", mails.ignore, name="ignore"),
    *SET_UP.urls(),
]
