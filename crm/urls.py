"""/accounts/"""

from django.urls import path

from crm.views import accounts, cells, deals, lists, many, setup

app_name = "crm"
urlpatterns = [
    path("", lists.accounts, name="accounts"),
    path("new/", accounts.new_account, name="new_account"),
    path("<int:pk>/", accounts.account, name="account"),
    path("<int:pk>/edit/", accounts.edit_account, name="edit_account"),
    path("<int:pk>/contacts/new/", accounts.new_contact, name="new_contact"),
    path("contacts/<int:pk>/edit/", accounts.edit_contact, name="edit_contact"),
    # Lists: tables and boards, saved views, cells, changes of many, settings.
    path("contacts/", lists.contacts, name="contacts"),
    path("leads/", lists.leads, name="leads"),
    path("leads/new/", deals.new_lead, name="new_lead"),
    path("leads/<int:pk>/edit/", deals.edit_lead, name="edit_lead"),
    path("leads/<int:pk>/move/", deals.move_lead, name="move_lead"),
    path("deals/", lists.deals, name="deals"),
    path("deals/new/", deals.new_deal, name="new_deal"),
    path("deals/<int:pk>/edit/", deals.edit_deal, name="edit_deal"),
    path("deals/<int:pk>/move/", deals.move_deal, name="move_deal"),
    path("lists/<slug:kind>/changes/", lists.changes, name="list_changes"),
    path("lists/<slug:kind>/views/save/", lists.save_view, name="save_view"),
    path("lists/views/<int:pk>/rename/", lists.rename_view, name="rename_view"),
    path("lists/views/<int:pk>/remove/", lists.remove_view, name="remove_view"),
    path("lists/<slug:kind>/bulk/", many.bulk, name="bulk"),
    path("lists/<slug:kind>/<int:pk>/<slug:field>/", cells.cell, name="cell"),
    path("bulk/", many.changes, name="bulk_changes"),
    path("bulk/<int:pk>/", many.change, name="bulk_change"),
    path("bulk/<int:pk>/undo/", many.undo, name="undo_bulk"),
    path("settings/", setup.settings, name="settings"),
    path("settings/pipeline/<int:pk>/", setup.pipeline, name="pipeline"),
    path("settings/pipeline/<int:pk>/stages/new/", setup.new_stage, name="new_stage"),
    path("settings/stages/<int:pk>/", setup.edit_stage, name="edit_stage"),
    path("settings/stages/<int:pk>/place/", setup.place_stage, name="place_stage"),
    path("settings/stages/<int:pk>/remove/", setup.remove_stage, name="remove_stage"),
    *setup.SET_UP.urls(),
    # The pages of one deal and one lead.
    path("deals/<int:pk>/", deals.deal, name="deal"),
    path("leads/<int:pk>/", deals.lead, name="lead"),
]
