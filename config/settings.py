"""Settings, read from the environment; nobody imports this room.

PostgreSQL only (docs/decisions/0003-postgresql-only.md). The application logs in with DATABASE_URL, a role that is
neither owner nor superuser; migrations log in with DATABASE_OWNER_URL (alias `owner` of the command line, chosen by
ZHIRONG_AS_OWNER=1), which may be the same where only one role is to be had.
"""

from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe

import environ
from django.utils.translation import gettext_lazy as _

from config.journal import logging_to

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

STATE_DIR = Path(env("ZHIRONG_STATE", default=str(BASE_DIR / "var")))
if "DATABASE_URL" not in env.ENVIRON and (STATE_DIR / "environment").exists():
    env.read_env(STATE_DIR / "environment")  # what `make run` runs with, for commands given in another window
DEBUG = env.bool("DEBUG", default=False)
TESTING = env.bool("ZHIRONG_TESTING", default=False)
# Neither stands in the way of a command that needs no database (check_schemes); both must be given to serve anything.
NOT_RUNNING = "postgresql://nobody@/zhirong?host=/nonexistent"
SECRET_KEY = env("SECRET_KEY", default="") or token_urlsafe(48)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "djmoney",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "django_tables2",
    "django_filters",
    "django_htmx",
    "kernel.calendars",
    "kernel.policystore",
    "kernel.work",
    "kernel.acts",
    "kernel.documents",
    "finance.parties",
    "finance.pledges",
    "finance.loans",
    "finance.subsidies",
    "finance.intake",
    "riskpool.ledger",
    "riskpool.schemes",
    "riskpool.pools",
    "riskpool.treasury",
    "riskpool.claims",
    "riskpool.volumes",
    "riskpool.policies",
    "valuation",
    "valuation.cards",
    "valuation.scores",
    "valuation.validation",
    "valuation.facilities",
    "valuation.whitelists",
    "portal",
]

MIDDLEWARE = [
    "config.middleware.ReadToTheEnd",
    "config.middleware.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.RequestInTheLog",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "portal.middleware.Viewer",
    "portal.middleware.Doors",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "portal.menu.of_every_page",
            ]
        },
    }
]

AS_OWNER = env.bool("ZHIRONG_AS_OWNER", default=False)
PRIVATE_DATABASE = env.bool(
    "ZHIRONG_PRIVATE_DATABASE", default=False
)  # our own cluster: its roles are our business
_as_whom = "DATABASE_OWNER_URL" if AS_OWNER and "DATABASE_OWNER_URL" in env.ENVIRON else "DATABASE_URL"
_database = env.db_url(_as_whom, default=NOT_RUNNING)
APPLICATION_ROLE = env.db_url("DATABASE_URL", default=NOT_RUNNING)["USER"]  # whom `restrict_role` restricts
_options = _database.setdefault("OPTIONS", {})
_database["HOST"] = _options.pop("host", _database["HOST"])  # a socket's folder comes as ?host=/folder
DATABASES = {
    "default": {
        **_database,
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 0 if TESTING else env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }
}

AUTH_USER_MODEL = "parties.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if TESTING:  # hundreds of accounts are made; the strength of the hash is Django's business, not our tests'
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# Accounts are made by an administrator of the organisation; nobody signs himself up.
ACCOUNT_ADAPTER = "config.accounts.NobodySignsUp"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 60 * env.int(
    "PASSWORD_AGAIN_MINUTES", default=5
)  # before money moves (ASVS 7.5.3)
ACCOUNT_RATE_LIMITS = {
    "login_failed": None
}  # axes counts failures, in the database, for all processes together
MFA_TOTP_ISSUER = "知融"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="dummymail://")
vars().update(EMAIL_CONFIG)

# The form's field is called `login`, but allauth hands the name on as `username`: axes must count under that.
AXES_USERNAME_FORM_FIELD = "username"
AXES_CLIENT_IP_CALLABLE = "portal.middleware.address_of"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURES_BEFORE_LOCK", default=5)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("LOGIN_LOCK_MINUTES", default=30))
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"
AXES_VERBOSE = False

# Sessions end after this long without a request, and with the browser.
SESSION_COOKIE_AGE = 60 * env.int("SESSION_IDLE_MINUTES", default=30)
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "zhirong_session"
LANGUAGE_COOKIE_HTTPONLY = True

HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
SILENCED_SYSTEM_CHECKS = [] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = None  # WhiteNoise serves what the finders know: nothing to collect, nothing to forget
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG or TESTING  # in tests: do not read every static file anew for every client

CURRENCIES = ("CNY",)
DEFAULT_CURRENCY = "CNY"

POLICIES_DIR = BASE_DIR / "policies"
POLICY_FILE_LARGEST_BYTES = 1024 * env.int(
    "POLICY_FILE_LARGEST_KB", default=256
)  # of an uploaded policy file

# Where strangers reach us: printed on documents, so that whoever holds the paper can verify it.
DEMONSTRATION = env.bool("ZHIRONG_DEMO", default=PRIVATE_DATABASE)  # a line on every page says so
PUBLIC_ADDRESS = env("PUBLIC_ADDRESS", default="http://127.0.0.1:8000").rstrip("/")
DOCUMENT_VERIFY_ADDRESS = PUBLIC_ADDRESS + "/verify/{code}"

# The broker is a doorbell: what must happen is a row of the outbox. Without Redis or Valkey the bell is a folder; tests
# have none.
_no_broker = "" if TESTING else "filesystem://"
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default=env("REDIS_URL", default=_no_broker))

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.tokens.ByToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["portal.doors.ByTheTable"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["kernel.strict_json.StrictJSON", "rest_framework.parsers.MultiPartParser"],
    "EXCEPTION_HANDLER": "kernel.problem_details.problem_details",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "COERCE_DECIMAL_TO_STRING": True,
    "STRICT_JSON": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "知融",
    "DESCRIPTION": "金额一律为两位小数的文本；错误一律为 application/problem+json（RFC 9457），一次列出全部问题。",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["portal.doors.ByTheTable"],
    "COMPONENT_SPLIT_REQUEST": True,
}

LOGGING_CONFIG = None if TESTING else "logging.config.dictConfig"
LOGGING = logging_to(
    STATE_DIR / "log", process=env("ZHIRONG_PROCESS", default=""), level=env("LOG_LEVEL", default="INFO")
)
