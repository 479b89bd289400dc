from django.apps import AppConfig


class ImproveConfig(AppConfig):
    name = "improve"
    verbose_name = "Suggestions"
