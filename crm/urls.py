"""/accounts/, /contacts/, /deals/, /leads/"""

from django.urls import include, path

from crm.views import accounts, cells, deals, exports, leads, lists, many, moves, setup, timeline

app_name = "crm"
urlpatterns = [
    path("accounts/", lists.accounts, name="accounts"),
    path("accounts/new/", accounts.new_account, name="new_account"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/edit/", accounts.edit_account, name="edit_account"),
    path("accounts/<int:pk>/business/", accounts.business, name="business"),
    path("accounts/<int:pk>/contacts/new/", accounts.new_contact, name="new_contact"),
    path("contacts/<int:pk>/", accounts.contact, name="contact"),
    path("contacts/<int:pk>/edit/", accounts.edit_contact, name="edit_contact"),
    path("deals/new/", deals.new_deal, name="new_deal"),
    path("deals/<int:pk>/", deals.deal, name="deal"),
    path("deals/<int:pk>/edit/", deals.edit_deal, name="edit_deal"),
    path("deals/<int:pk>/products/", deals.products, name="deal_products"),
    path("deals/<int:pk>/link/", deals.link, name="link"),
    path("deals/<int:pk>/link/<int:link_pk>/remove/", deals.unlink, name="unlink"),
    path("deals/of/<str:label>/<int:pk>/", deals.deals_of, name="deals_of"),
    path("leads/new/", leads.new_lead, name="new_lead"),
    path("leads/<int:pk>/", leads.lead, name="lead"),
    path("leads/<int:pk>/edit/", leads.edit_lead, name="edit_lead"),
    path("leads/<int:pk>/work/", leads.work_lead, name="work_lead"),
    path("leads/<int:pk>/drop/", leads.drop_lead, name="drop_lead"),
    path("leads/<int:pk>/convert/", leads.convert_lead, name="convert_lead"),
    path("timeline/<slug:kind>/<int:pk>/", timeline.timeline, name="timeline"),
    path("timeline/<slug:kind>/<int:pk>/log/", timeline.log, name="log"),
    # Lists: tables and boards, moves, saved views, cells, changes of many, settings.
    path("contacts/", lists.contacts, name="contacts"),
    path("leads/", lists.leads, name="leads"),
    path("leads/<int:pk>/move/", moves.move_lead, name="move_lead"),
    path("deals/", lists.deals, name="deals"),
    path("deals/<int:pk>/move/", moves.move_deal, name="move_deal"),
    path("records/lists/<slug:kind>/changes/", lists.changes, name="list_changes"),
    path("records/lists/<slug:kind>/views/save/", lists.save_view, name="save_view"),
    path("records/lists/views/<int:pk>/rename/", lists.rename_view, name="rename_view"),
    path("records/lists/views/<int:pk>/remove/", lists.remove_view, name="remove_view"),
    path("records/lists/<slug:kind>/bulk/", many.bulk, name="bulk"),
    path("records/lists/<slug:kind>/<int:pk>/<slug:field>/", cells.cell, name="cell"),
    path("records/bulk/", many.changes, name="bulk_changes"),
    path("records/bulk/<int:pk>/", many.change, name="bulk_change"),
    path("records/bulk/<int:pk>/undo/", many.undo, name="undo_bulk"),
    path("records/settings/", setup.settings, name="settings"),
    path("records/settings/pipeline/<int:pk>/", setup.pipeline, name="pipeline"),
    path("records/settings/pipeline/<int:pk>/stages/new/", setup.new_stage, name="new_stage"),
    path("records/settings/stages/<int:pk>/", setup.edit_stage, name="edit_stage"),
    path("records/settings/stages/<int:pk>/place/", setup.place_stage, name="place_stage"),
    path("records/settings/stages/<int:pk>/remove/", setup.remove_stage, name="remove_stage"),
    path("records/", include(setup.SET_UP.urls())),
    # Records taken out
    path("accounts/export/", exports.exports, name="exports"),
    path("accounts/export/<slug:kind>.<slug:form>", exports.export, name="export"),
]
