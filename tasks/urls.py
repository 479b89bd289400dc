"""/tasks/"""

from django.urls import path

from tasks.views import detail, lists, playbooks, slot

app_name = "tasks"
urlpatterns = [
    path("", lists.mine, name="mine"),
    path("add/", lists.add, name="add"),
    path("calendar/", lists.calendar, name="calendar"),
    path("options/", lists.options, name="options"),
    path("<int:pk>/", detail.task, name="task"),
    path("<int:pk>/finish/", detail.finish, name="finish"),
    path("<int:pk>/reopen/", detail.reopen, name="reopen"),
    path("<int:pk>/drop/", detail.drop, name="drop"),
    path("<int:pk>/take/", detail.take, name="take"),
    path("<int:pk>/items/", detail.add_item, name="add_item"),
    path("<int:pk>/items/<int:item>/check/", detail.check, name="check"),
    path("<int:pk>/items/<int:item>/remove/", detail.remove_item, name="remove_item"),
    path("<int:pk>/wait-for/", detail.wait_for, name="wait_for"),
    path("<int:pk>/wait-for/<int:blocker>/remove/", detail.free, name="free"),
    path("for/<str:subject_type>/<int:subject_id>/", slot.slot, name="for"),
    path("for/<str:subject_type>/<int:subject_id>/add/", slot.add, name="for_add"),
    path("for/<str:subject_type>/<int:subject_id>/start/", slot.start, name="for_start"),
    path("playbooks/", playbooks.playbooks, name="playbooks"),
    path("playbooks/new/", playbooks.new, name="new_playbook"),
    path("playbooks/<int:pk>/", playbooks.playbook, name="playbook"),
]
