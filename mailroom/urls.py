"""/mail/"""

from django.urls import path

from mailroom.views import hooks, mails, reports
from mailroom.views.settings import SET_UP

app_name = "mailroom"
urlpatterns = [
    path("", mails.mails, name="mails"),
    path("reports/", reports.reports, name="reports"),
    path("hooks/<str:provider>/inbound/", hooks.inbound, name="hook_inbound"),
    path("hooks/<str:provider>/tracking/", hooks.tracking, name="hook_tracking"),
    path("<int:pk>/", mails.mail, name="mail"),
    path("<int:pk>/page/", mails.frame, name="frame"),
    path("<int:pk>/raw/", mails.raw, name="raw"),
    path("<int:pk>/request/", mails.make_request, name="make_request"),
    path("<int:pk>/conversation/", mails.to_conversation, name="to_conversation"),
    path("<int:pk>/ignore/", mails.ignore, name="ignore"),
    *SET_UP.urls(),
]
