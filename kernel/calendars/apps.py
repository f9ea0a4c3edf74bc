from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "kernel.calendars"
    label = "calendars"
