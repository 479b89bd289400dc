"""/threads/"""

from django.urls import path

from comms import views

app_name = "comms"
urlpatterns = [
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/", views.delivery, name="delivery"),
    path("deliveries/<int:pk>/send-again/", views.send_again, name="send_again"),
]
