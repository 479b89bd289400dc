"""/accounts/"""

from django.urls import path

from crm.views import accounts, duplicates, history, privacy, quality, rules, stale

app_name = "crm"
urlpatterns = [
    path("", accounts.accounts, name="accounts"),
    path("new/", accounts.new_account, name="new_account"),
    path("<int:pk>/", accounts.account, name="account"),
    path("<int:pk>/edit/", accounts.edit_account, name="edit_account"),
    path("<int:pk>/contacts/new/", accounts.new_contact, name="new_contact"),
    path("contacts/<int:pk>/edit/", accounts.edit_contact, name="edit_contact"),
    # Data quality: scores, duplicates, merges, rules, stuck deals, field history, a person's rights.
    path("quality/", quality.quality, name="quality"),
    path("quality/<str:kind>/<int:pk>/", quality.card, name="quality_card"),
    path("quality/<str:kind>/<int:pk>/right/", quality.confirm, name="quality_confirm"),
    path("quality/<str:kind>/<int:pk>/fix/<str:gap>/", quality.fix, name="quality_fix"),
    path("quality/<str:kind>/<int:pk>/ask/<str:gap>/", quality.ask, name="quality_ask"),
    path("duplicates/", duplicates.pairs, name="duplicates"),
    path("duplicates/looks-like/", duplicates.looks_like, name="looks_like"),
    path("duplicates/scan/<str:kind>/", duplicates.scan, name="scan_duplicates"),
    path("duplicates/<int:pk>/", duplicates.pair, name="duplicate"),
    path("duplicates/<int:pk>/different/", duplicates.different, name="duplicate_different"),
    path("merges/", duplicates.merges, name="merges"),
    path("merges/<int:pk>/", duplicates.merge, name="merge"),
    path("merges/<int:pk>/undo/", duplicates.unmerge, name="unmerge"),
    path("rules/", rules.rules, name="rules"),
    path("rules/new/", rules.new_rule, name="new_rule"),
    path("rules/<int:pk>/", rules.rule, name="rule"),
    path("rules/<int:pk>/remove/", rules.remove_rule, name="remove_rule"),
    path("stale/", stale.stale, name="stale"),
    path("history/<str:kind>/<int:pk>/", history.field_history, name="field_history"),
    path("contacts/<int:pk>/privacy/", privacy.privacy, name="privacy"),
    path("contacts/<int:pk>/privacy/export/", privacy.export_person, name="export_person"),
    path("contacts/<int:pk>/privacy/erase/", privacy.erase_person, name="erase_person"),
    path("erasures/", privacy.erasures, name="erasures"),
]
