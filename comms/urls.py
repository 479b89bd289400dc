"""/threads/ and /attachments/"""

from django.urls import path

from comms import views
from comms.views import attachments, leaving, threads, waiting

app_name = "comms"
urlpatterns = [
    path("waiting/", waiting.waiting, name="waiting"),
    path("threads/turns/<int:pk>/settle/", waiting.settle, name="settle"),
    path("threads/names/", threads.names, name="names"),
    path("threads/for/<str:subject_type>/<int:pk>/", threads.about, name="thread"),
    path("threads/for/<str:subject_type>/<int:pk>/lines/", threads.lines, name="lines"),
    path("threads/messages/<int:pk>/edit/", threads.edit, name="edit"),
    path("threads/messages/<int:pk>/before/", threads.past, name="past"),
    path("threads/messages/<int:pk>/react/", threads.react, name="react"),
    path("threads/messages/<int:pk>/take-back/", threads.take_back, name="take_back"),
    path("threads/deliveries/", views.deliveries, name="deliveries"),
    path("threads/deliveries/<int:pk>/", views.delivery, name="delivery"),
    path("threads/deliveries/<int:pk>/send-again/", views.send_again, name="send_again"),
    path("mail/stop/<str:token>/", leaving.leave, name="leave"),
    path("attachments/for/<str:subject_type>/<int:pk>/", attachments.about, name="attachments"),
    path("attachments/<int:pk>/remove/", attachments.remove, name="remove_attachment"),
    path("attachments/<int:pk>/<str:name>", attachments.download, name="attachment"),
]
