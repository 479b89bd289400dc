"""/accounts/"""

from django.urls import path

from crm.views import accounts

app_name = "crm"
urlpatterns = [
    path("", accounts.accounts, name="accounts"),
    path("new/", accounts.new_account, name="new_account"),
    path("<int:pk>/", accounts.account, name="account"),
    path("<int:pk>/edit/", accounts.edit_account, name="edit_account"),
    path("<int:pk>/contacts/new/", accounts.new_contact, name="new_contact"),
    path("contacts/<int:pk>/edit/", accounts.edit_contact, name="edit_contact"),
]
