"""/threads/ and /attachments/"""

from django.urls import include, path

from comms.views import (
    attachments,
    composer,
    deliveries,
    leaving,
    planned,
    settings,
    suppressions,
    threads,
    waiting,
)

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
    path("threads/deliveries/", deliveries.deliveries, name="deliveries"),
    path("threads/deliveries/send-again/", deliveries.send_many, name="send_many"),
    path("threads/deliveries/<int:pk>/", deliveries.delivery, name="delivery"),
    path("threads/deliveries/<int:pk>/frame/", deliveries.frame, name="delivery_frame"),
    path("threads/deliveries/<int:pk>/papers/<int:file>/", deliveries.paper, name="delivery_paper"),
    path("threads/deliveries/<int:pk>/send-again/", deliveries.send_again, name="send_again"),
    path("threads/deliveries/<int:pk>/arrived/", deliveries.arrived, name="arrived"),
    path("threads/deliveries/<int:pk>/ask-log/", deliveries.ask_log, name="ask_log"),
    path("threads/suppressions/", suppressions.suppressions, name="suppressions"),
    path("threads/suppressions/<int:pk>/lift/", suppressions.lift, name="lift"),
    path("threads/settings/", settings.mail_settings, name="mail_settings"),
    path("threads/senders/new/", settings.new_sender, name="new_sender"),
    path("threads/senders/preview/", settings.sender_preview, name="sender_preview"),
    path("threads/senders/<int:pk>/", settings.edit_sender, name="edit_sender"),
    path("threads/ways-out/<int:pk>/resume/", settings.resume, name="resume"),
    path("threads/", include(settings.SET_UP.urls())),
    path("mail/stop/<str:token>/", leaving.leave, name="leave"),
    path("attachments/for/<str:subject_type>/<int:pk>/", attachments.about, name="attachments"),
    path("attachments/<int:pk>/remove/", attachments.remove, name="remove_attachment"),
    path("attachments/<int:pk>/<str:name>", attachments.download, name="attachment"),
]
