"""/improve/"""

from django.urls import path

from improve.views import detail, lists

app_name = "improve"
urlpatterns = [
    path("", lists.suggestions, name="suggestions"),
    path("run/", lists.run, name="run"),
    path("count/", lists.count, name="count"),
    path("<int:pk>/", detail.suggestion, name="suggestion"),
    path("<int:pk>/look/", detail.look, name="look"),
    path("<int:pk>/accept/", detail.accept, name="accept"),
    path("<int:pk>/made/", detail.made, name="made"),
    path("<int:pk>/take-back/", detail.take_back, name="take_back"),
    path("<int:pk>/dismiss/", detail.dismiss, name="dismiss"),
    path("<int:pk>/open-again/", detail.open_again, name="open_again"),
    path("<int:pk>/snooze/", detail.snooze, name="snooze"),
    path("<int:pk>/comment/", detail.comment, name="comment"),
]
