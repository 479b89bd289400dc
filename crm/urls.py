"""/accounts/"""

from django.urls import path

from crm import views

app_name = "crm"
urlpatterns = [
    path("", views.accounts, name="accounts"),
    path("new/", views.new_account, name="new_account"),
    path("<int:pk>/", views.account, name="account"),
    path("<int:pk>/edit/", views.edit_account, name="edit_account"),
    path("<int:pk>/contacts/new/", views.new_contact, name="new_contact"),
    path("contacts/<int:pk>/edit/", views.edit_contact, name="edit_contact"),
]
