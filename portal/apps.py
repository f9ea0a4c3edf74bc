from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    label = "portal"

    def ready(self) -> None:
        from kernel.related import tells_of
        from portal import score_shares, tasks  # registers what it handles

        tells_of("scores.score", "portal", score_shares.of_score, place=1)
