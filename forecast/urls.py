"""/forecast/"""

from django.urls import path

from forecast.views import breaches, scenarios

app_name = "forecast"
urlpatterns = [
    path("", breaches.expected, name="expected"),
    path("looked-back/", breaches.looked_back, name="looked_back"),
    path("what-if/", scenarios.what_if, name="what_if"),
    path("what-if/new/", scenarios.new, name="new"),
    path("what-if/compare/", scenarios.compare, name="compare"),
    path("what-if/<int:pk>/", scenarios.scenario, name="scenario"),
    path("what-if/<int:pk>/progress/", scenarios.progress, name="progress"),
    path("what-if/<int:pk>/stop/", scenarios.stop, name="stop"),
    path("what-if/<int:pk>/remove/", scenarios.remove, name="remove"),
]
