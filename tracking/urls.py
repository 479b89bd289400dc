"""/tracking/"""

from django.urls import path

from tracking.views import schedules, tracking

app_name = "tracking"
urlpatterns = [
    path("", tracking.tracking, name="tracking"),
    path("summary.pdf", tracking.paper, name="paper"),
    path("summaries/", schedules.schedules, name="schedules"),
    path("summaries/new/", schedules.new, name="new_schedule"),
    path("summaries/<int:pk>/", schedules.edit, name="edit_schedule"),
    path("summaries/<int:pk>/remove/", schedules.remove, name="remove_schedule"),
    path("summaries/<int:pk>/send/", schedules.send, name="send_schedule"),
    path("summaries/kept/<int:pk>/", schedules.summary, name="summary"),
    path("summaries/kept/<int:pk>/summary.pdf", schedules.summary_pdf, name="summary_pdf"),
]
