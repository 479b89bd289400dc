"""/threads/ and /attachments/"""

from django.urls import path

from comms import views
from comms.views import attachments, leaving

app_name = "comms"
urlpatterns = [
    path("threads/deliveries/", views.deliveries, name="deliveries"),
    path("threads/deliveries/<int:pk>/", views.delivery, name="delivery"),
    path("threads/deliveries/<int:pk>/send-again/", views.send_again, name="send_again"),
    path("mail/stop/<str:token>/", leaving.leave, name="leave"),
    path("attachments/for/<str:subject_type>/<int:pk>/", attachments.about, name="attachments"),
    path("attachments/<int:pk>/remove/", attachments.remove, name="remove_attachment"),
    path("attachments/<int:pk>/<str:name>", attachments.download, name="attachment"),
]
