from django.apps import AppConfig


class CoordinatorConfig(AppConfig):
    name = "coordinator"
    verbose_name = "Portal"

    def ready(self) -> None:
        from coordinator.celery import app  # noqa: PLC0415 - after the settings are read

        app.set_default()
