"""/, /queue/, /requests/, /handoffs/"""

from django.urls import path

from desk.views import handoffs, making, queue, recalculation, request

app_name = "desk"
urlpatterns = [
    path("", queue.home, name="home"),
    path("queue/", queue.queue, name="queue"),
    path("queue/changes/", queue.changes, name="changes"),
    path("queue/take-next/", queue.take_next, name="take_next"),
    path("queue/claim/", queue.claim_many, name="claim_many"),
    path("requests/", making.mine, name="mine"),
    path("requests/new/", making.choose, name="choose"),
    path("requests/new/<slug:slug>/", making.new, name="new"),
    path("requests/<int:pk>/", request.detail, name="request"),
    path("requests/<int:pk>/claim/", queue.claim, name="claim"),
    path("requests/<int:pk>/release/", request.release, name="release"),
    path("requests/<int:pk>/say/", request.say, name="say"),
    path("requests/<int:pk>/answer/", request.answer, name="answer"),
    path("requests/<int:pk>/resolve/", request.resolve, name="resolve"),
    path("requests/<int:pk>/reopen/", request.reopen, name="reopen"),
    path("requests/<int:pk>/withdraw/", request.withdraw, name="withdraw"),
    path("requests/<int:pk>/duplicate/", request.duplicate, name="duplicate"),
    path("requests/<int:pk>/priority/", request.priority, name="priority"),
    path("requests/<int:pk>/hand-off/", request.hand_off, name="hand_off"),
    path("requests/<int:pk>/create-order/", request.create_order, name="create_order"),
    path("requests/<int:pk>/create-quote/", request.create_quote, name="create_quote"),
    path("requests/<int:pk>/create-meeting/", request.create_meeting, name="create_meeting"),
    path("promises/<int:calendar>/", recalculation.recalculation, name="recalculation"),
    path("handoffs/", handoffs.handoffs, name="handoffs"),
    path("handoffs/for-order/<int:pk>/", handoffs.for_order, name="for_order"),
    path("handoffs/for-order/<int:pk>/ask/", handoffs.ask_for_order, name="ask_for_order"),
    path("handoffs/<int:pk>/accept/", handoffs.accept, name="accept"),
    path("handoffs/<int:pk>/reject/", handoffs.reject, name="reject"),
    path("handoffs/<int:pk>/done/", handoffs.done, name="done"),
]
