from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "kernel.work"
    label = "work"
