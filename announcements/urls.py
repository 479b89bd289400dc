"""/announcements/"""

from django.urls import path

from announcements.views import announcements as views

app_name = "announcements"
urlpatterns = [
    path("", views.announcements, name="announcements"),
    path("new/", views.new, name="new"),
    path("slot/", views.slot, name="slot"),
    path("<int:pk>/", views.announcement, name="announcement"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:pk>/remind/", views.remind, name="remind"),
    path("<int:pk>/opened/", views.opened, name="opened"),
    path("<int:pk>/confirm/", views.confirm, name="confirm"),
    path("<int:pk>/dismiss/", views.dismiss, name="dismiss"),
]
