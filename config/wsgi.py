"""The door of the web server (gunicorn config.wsgi)."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from finance.subsidies.guest.at_hand import read_beforehand  # noqa: E402  (models need the applications to be ready)
from kernel.late import load_all  # noqa: E402

# The first visitor of each process waited 1.5 s for these; read before gunicorn forks (--preload), nobody does.
_ = get_resolver().reverse_dict
read_beforehand()
load_all()
