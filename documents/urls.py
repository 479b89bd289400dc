"""/documents/"""

from django.urls import path

from documents.views import asking, detail, lists, public

app_name = "documents"
urlpatterns = [
    path("", lists.asks, name="asks"),
    path("<int:pk>/", detail.ask, name="ask"),
    path("<int:pk>/accept/", detail.accept, name="accept"),
    path("<int:pk>/return/", detail.send_back, name="return"),
    path("<int:pk>/remind/", detail.remind, name="remind"),
    path("<int:pk>/withdraw/", detail.withdraw, name="withdraw"),
    path("<int:pk>/move/", detail.move, name="move"),
    path("for/<str:subject_type>/<int:subject_id>/", asking.slot, name="for"),
    path("for/<str:subject_type>/<int:subject_id>/ask/", asking.new, name="new"),
    path("send/<str:key>/", public.send, name="send"),
    path("send/<str:key>/form/", public.template, name="template"),
]
