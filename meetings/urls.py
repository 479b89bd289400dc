"""/meetings/"""

from django.urls import path

from meetings.views import detail, kinds, pages, proposals

app_name = "meetings"
urlpatterns = [
    path("", detail.meetings, name="meetings"),
    path("new/", detail.new, name="new"),
    path("kinds/", kinds.kinds, name="kinds"),
    path("kinds/new/", kinds.new_kind, name="new_kind"),
    path("kinds/<int:pk>/", kinds.kind, name="kind"),
    path("kinds/<int:pk>/switch/", kinds.switch_kind, name="switch_kind"),
    path("pages/", pages.pages, name="pages"),
    path("pages/new/", pages.new_page, name="new_page"),
    path("pages/link/", pages.new_link, name="new_link"),
    path("pages/<int:pk>/", pages.page, name="page"),
    path("pages/<int:pk>/edit/", pages.edit_page, name="edit_page"),
    path("pages/<int:pk>/withdraw/", pages.withdraw_page, name="withdraw_page"),
    path("<int:pk>/proposals/", proposals.proposals, name="proposals"),
    path(
        "<int:pk>/proposals/<int:proposal>/withdraw/", proposals.withdraw, name="withdraw_proposal"
    ),
    path("<int:pk>/", detail.meeting, name="meeting"),
    path("<int:pk>/book/", detail.book, name="book"),
    path("<int:pk>/cancel/", detail.cancel, name="cancel"),
    path("<int:pk>/outcome/", detail.outcome, name="outcome"),
]
