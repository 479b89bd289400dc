"""/follow-ups/"""

from django.urls import path

from followups.views import calendar, detail, editor, lists, pauses, rules

app_name = "followups"
urlpatterns = [
    path("", lists.followups, name="followups"),
    path("bulk/", lists.bulk, name="bulk"),
    path("account/<int:pk>/", lists.account, name="account"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("<int:pk>/", detail.followup, name="followup"),
    path("<int:pk>/look/", detail.look, name="look"),
    path("<int:pk>/stop/", detail.stop, name="stop"),
    path("<int:pk>/move/", detail.move, name="move"),
    path("<int:pk>/send/", detail.send_now, name="send_now"),
    path("<int:pk>/draft/", detail.draft, name="draft"),
    path("pauses/", pauses.pauses, name="pauses"),
    path("pauses/add/", pauses.pause, name="pause"),
    path("pauses/<int:pk>/end/", pauses.go_on, name="go_on"),
    path("pauses/limits/", pauses.limit, name="limit"),
    path("rules/", rules.rules, name="rules"),
    path("rules/new/", editor.new, name="new_rule"),
    path("rules/<int:pk>/", rules.rule, name="rule"),
    path("rules/<int:pk>/edit/", editor.edit, name="edit_rule"),
    path("rules/<int:pk>/switch/", rules.switch, name="switch_rule"),
    path("rules/<int:pk>/remove/", rules.remove, name="remove_rule"),
]
