from django.apps import AppConfig


class PolicystoreConfig(AppConfig):
    name = "kernel.policystore"
    label = "policystore"
