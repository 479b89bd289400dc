"""/reports/"""

from django.urls import path

from reports.views import building, editions, reports, schedules, sending

app_name = "reports"
urlpatterns = [
    path("", reports.reports, name="reports"),
    path("new/", reports.new, name="new"),
    path("<int:pk>/", reports.report, name="report"),
    path("<int:pk>/report.pdf", reports.report_pdf, name="report_pdf"),
    path("<int:pk>/settings/", reports.edit, name="settings"),
    path("<int:pk>/copy/", reports.copy, name="copy"),
    path("<int:pk>/restore/", reports.restore, name="restore"),
    path("<int:pk>/remove/", reports.remove, name="remove"),
    path("<int:pk>/test/", reports.test, name="test"),
    path("<int:pk>/past/", editions.past, name="past"),
    path("<int:pk>/build/", building.build, name="build"),
    path("<int:pk>/blocks/add/", building.add_block, name="add_block"),
    path("<int:pk>/blocks/order/", building.order_blocks, name="order_blocks"),
    path("<int:pk>/schedules/new/", schedules.new_schedule, name="new_schedule"),
    path("blocks/<int:pk>/", building.block, name="block"),
    path("blocks/<int:pk>/preview/", building.block_preview, name="block_preview"),
    path("blocks/<int:pk>/move/", building.block_move, name="block_move"),
    path("blocks/<int:pk>/remove/", building.block_remove, name="block_remove"),
    path("schedules/<int:pk>/", schedules.schedule, name="schedule"),
    path("schedules/<int:pk>/remove/", schedules.schedule_remove, name="schedule_remove"),
    path("schedules/<int:pk>/switch/", schedules.schedule_switch, name="schedule_switch"),
    path("schedules/<int:pk>/send/", schedules.schedule_send, name="schedule_send"),
    path("view/", sending.send_part, name="send_part"),
    path("editions/<int:pk>/", editions.edition, name="edition"),
    path("editions/<int:pk>/report.pdf", editions.edition_pdf, name="edition_pdf"),
    path("editions/<int:pk>/restated/", editions.edition_restated, name="edition_restated"),
    path("editions/<int:pk>/send/", editions.edition_send, name="edition_send"),
    path("editions/<int:pk>/chart-<int:place>.png", editions.edition_chart, name="edition_chart"),
]
