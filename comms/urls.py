"""/threads/ and /attachments/"""

from django.urls import path

from comms import views
from comms.views import attachments, composer, leaving, planned, threads, waiting

app_name = "comms"
urlpatterns = [
    path("waiting/", waiting.waiting, name="waiting"),
    path("threads/turns/<int:pk>/settle/", waiting.settle, name="settle"),
    path("threads/names/", threads.names, name="names"),
    path("threads/for/<str:subject_type>/<int:pk>/", composer.about, name="thread"),
    path("threads/for/<str:subject_type>/<int:pk>/draft/", composer.keep, name="keep"),
    path(
        "threads/for/<str:subject_type>/<int:pk>/draft/drop/",
        composer.drop_draft,
        name="drop_draft",
    ),
    path(
        "threads/for/<str:subject_type>/<int:pk>/preview/", composer.preview_frame, name="preview"
    ),
    path("threads/for/<str:subject_type>/<int:pk>/template/", composer.template, name="template"),
    path("threads/later/<int:pk>/send-now/", planned.send_now, name="send_now"),
    path("threads/later/<int:pk>/change/", planned.change, name="change_later"),
    path("threads/later/<int:pk>/cancel/", planned.cancel, name="cancel_later"),
    path("threads/for/<str:subject_type>/<int:pk>/lines/", threads.lines, name="lines"),
    path("threads/messages/<int:pk>/edit/", threads.edit, name="edit"),
    path("threads/messages/<int:pk>/before/", threads.past, name="past"),
    path("threads/messages/<int:pk>/react/", threads.react, name="react"),
    path("threads/messages/<int:pk>/take-back/", composer.take_back, name="take_back"),
    path("threads/deliveries/", views.deliveries, name="deliveries"),
    path("threads/deliveries/<int:pk>/", views.delivery, name="delivery"),
    path("threads/deliveries/<int:pk>/send-again/", views.send_again, name="send_again"),
    path("mail/stop/<str:token>/", leaving.leave, name="leave"),
    path("attachments/for/<str:subject_type>/<int:pk>/", attachments.about, name="attachments"),
    path("attachments/<int:pk>/remove/", attachments.remove, name="remove_attachment"),
    path("attachments/<int:pk>/<str:name>", attachments.download, name="attachment"),
]
