"""/profile/ and /people/"""

from django.urls import path

from people import views

app_name = "people"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/appearance/", views.appearance, name="appearance"),
    path("profile/tokens/", views.make_token, name="make_token"),
    path("profile/tokens/<int:pk>/revoke/", views.revoke_token, name="revoke_token"),
    path("people/", views.colleagues, name="colleagues"),
    path("people/new/", views.add_person, name="add_person"),
    path("people/<int:pk>/", views.edit_person, name="edit_person"),
]
