"""/meetings/"""

from django.urls import path

from meetings.views import detail, materials, outcomes, prep

app_name = "meetings"
urlpatterns = [
    path("", detail.meetings, name="meetings"),
    path("new/", detail.new, name="new"),
    path("<int:pk>/", detail.meeting, name="meeting"),
    path("<int:pk>/book/", detail.book, name="book"),
    path("<int:pk>/cancel/", detail.cancel, name="cancel"),
    path("prepare/", prep.prepare, name="prepare"),
    path("<int:pk>/prep/", prep.prep, name="prep"),
    path("<int:pk>/prep/pdf/", prep.pdf, name="prep_pdf"),
    path("<int:pk>/prep/make/", prep.make, name="prep_make"),
    path("<int:pk>/plan/", prep.plan, name="plan"),
    path("<int:pk>/materials/", materials.materials, name="materials"),
    path("<int:pk>/materials/add/", materials.add, name="add_material"),
    path("materials/<int:pk>/tick/", materials.tick, name="tick_material"),
    path("materials/<int:pk>/edit/", materials.edit, name="edit_material"),
    path("materials/<int:pk>/change/", materials.change, name="change_material"),
    path("materials/<int:pk>/remove/", materials.remove, name="remove_material"),
    path("confirm/", outcomes.confirm, name="confirm"),
    path("<int:pk>/outcome/", outcomes.outcome, name="outcome"),
    path("<int:pk>/outcome/correct/", outcomes.correct, name="correct_outcome"),
    path("<int:pk>/report/", outcomes.report, name="report"),
    path("<int:pk>/answer/", outcomes.answer, name="answer"),
]
