"""/library/"""

from django.urls import path

from library.views import lists, material, public, sharing, suggested, templates

app_name = "library"
urlpatterns = [
    path("", lists.materials, name="materials"),
    path("new/", material.new, name="new"),
    path("<int:pk>/", material.page, name="material"),
    path("<int:pk>/edit/", material.edit, name="edit"),
    path("<int:pk>/archive/", material.archive, name="archive"),
    path("<int:pk>/bring-back/", material.bring_back, name="bring_back"),
    path("<int:pk>/favourite/", material.favourite, name="favourite"),
    path("<int:pk>/again/", material.again, name="again"),
    path("<int:pk>/versions/add/", material.add_version, name="add_version"),
    path("<int:pk>/versions/<int:number>/", material.file, name="file"),
    path("<int:pk>/versions/<int:number>/current/", material.make_current, name="make_current"),
    path("<int:pk>/pages/<int:number>/", material.picture, name="picture"),
    path("<int:pk>/share/", sharing.share_now, name="share_now"),
    path("share/", sharing.new, name="new_share"),
    path("shares/", sharing.shares, name="shares"),
    path("shares/<int:pk>/", sharing.detail, name="share"),
    path("shares/<int:pk>/revoke/", sharing.revoke, name="revoke_share"),
    path("shares/<int:pk>/mail/", sharing.mail, name="mail_share"),
    path("shares/<int:pk>/prolong/", sharing.prolong, name="prolong_share"),
    path("templates/", templates.templates, name="templates"),
    path("templates/<int:pk>/", templates.template, name="template"),  # as reminders linked to it
    path("templates/<slug:kind>/<int:pk>/", templates.template, name="template_of"),
    path(
        "templates/<slug:kind>/<int:pk>/<int:number>/", templates.version, name="template_version"
    ),
    path(
        "templates/<slug:kind>/<int:pk>/<int:number>/again/",
        templates.take_again,
        name="take_template_again",
    ),
    path("for/<str:subject_type>/<int:subject_id>/", suggested.slot, name="suggested"),
    path(
        "for/<str:subject_type>/<int:subject_id>/attach/<int:pk>/", suggested.attach, name="attach"
    ),
    path("s/<str:key>/", public.guest, name="guest"),
    path("s/<str:key>/seconds/", public.seconds, name="guest_seconds"),
    path("s/<str:key>/<int:pk>/", public.item, name="guest_item"),
    path("s/<str:key>/<int:pk>/file/", public.download, name="guest_file"),
    path("s/<str:key>/<int:pk>/<int:number>/", public.picture, name="guest_picture"),
]
