"""/accounts/, /contacts/, /deals/, /leads/"""

from django.urls import path

from crm.views import accounts, deals, leads, timeline

app_name = "crm"
urlpatterns = [
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new/", accounts.new_account, name="new_account"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/edit/", accounts.edit_account, name="edit_account"),
    path("accounts/<int:pk>/business/", accounts.business, name="business"),
    path("accounts/<int:pk>/contacts/new/", accounts.new_contact, name="new_contact"),
    path("contacts/<int:pk>/", accounts.contact, name="contact"),
    path("contacts/<int:pk>/edit/", accounts.edit_contact, name="edit_contact"),
    path("deals/", deals.new_deal, name="deals"),  # until the lists come
    path("leads/", leads.new_lead, name="leads"),  # until the lists come
    path("deals/<int:pk>/move/", deals.edit_deal, name="move_deal"),  # until the lists come
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
]
