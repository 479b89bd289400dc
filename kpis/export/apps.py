from django.apps import AppConfig


class ExportConfig(AppConfig):
    name = "kpis.export"
    label = "kpi_export"
    verbose_name = "Export of facts"
