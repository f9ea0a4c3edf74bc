"""All addresses of the product; each room brings its own."""

from django.urls import include, path

from config import health

handler400 = "portal.views.unreadable"
handler404 = "portal.views.absent"

urlpatterns = [
    path("", include("portal.urls")),
    path("enterprises/", include("finance.parties.urls")),
    path("filings/", include("finance.intake.urls")),
    path("loans/", include("finance.loans.urls")),
    path("pledges/", include("finance.pledges.urls")),
    path("subsidies/policies/", include("finance.subsidies.desk_urls")),
    path("pools/", include("riskpool.pools.urls")),
    path("policies/", include("riskpool.policies.urls")),
    path("treasury/", include("riskpool.treasury.urls")),
    path("claims/", include("riskpool.claims.urls")),
    path("subsidies/", include("finance.subsidies.urls")),
    path("volumes/", include("riskpool.volumes.urls")),
    path("scores/", include("valuation.scores.urls")),
    path("white-lists/", include("valuation.whitelists.urls")),
    path("scorecards/", include("valuation.cards.urls")),
    path("facilities/", include("valuation.facilities.urls")),
    path("calculator/", include("finance.subsidies.guest.urls")),
    path("validation/", include("valuation.validation.urls")),
    path("api/", include("portal.api_urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("account/", include("allauth.urls")),
    path("language/", include("django.conf.urls.i18n")),
]
