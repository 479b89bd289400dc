"""All settings, from the environment (.env.example lists it), failing loudly."""

import os
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from coordinator.beat import SCHEDULE
from coordinator.logs import logging_at
from coordinator.seams import *  # noqa: F403 - each is a setting

django_stubs_ext.monkeypatch()  # models.Field[int, int] and the like, at run time

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("PORTAL_DATA_DIR", default=str(BASE_DIR / ".data")))
# Each process of a parallel test run has a server of its own: a follower of the journal waits for
# the oldest transaction of the whole server, also for those of other databases on it.
DATA_DIR /= os.environ.get("PYTEST_XDIST_WORKER", "")
LOCAL = not env.str("DATABASE_URL", default="")  # nothing configured: everything lives in DATA_DIR

if LOCAL:
    from coordinator.local import database, secret

    DATABASE_URL = database.ensure(DATA_DIR)
    SECRET_KEY = env.str("SECRET_KEY", default="") or secret.local_key(DATA_DIR)
else:
    DATABASE_URL = env.str("DATABASE_URL")
    SECRET_KEY = env.str("SECRET_KEY", default="")
    if not SECRET_KEY:
        raise ImproperlyConfigured("Set SECRET_KEY: with DATABASE_URL set there is no default.")
# Keys of before: what they signed is still good, nothing new is signed with them.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# What stands on quotes and invoices; lines of the address and of the foot are separated by ";".
COMPANY_NAME = env.str("COMPANY_NAME", default="Halden Flow" if DEMO else "Our company")
COMPANY_ADDRESS = [
    s.strip() for s in env.str("COMPANY_ADDRESS", default="").split(";") if s.strip()
]
COMPANY_DETAILS = [
    s.strip() for s in env.str("COMPANY_DETAILS", default="").split(";") if s.strip()
]

ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if LOCAL or DEMO else []
)
PORTAL_URL = env.str("PORTAL_URL", default="http://localhost:8000").rstrip("/")
# host:port of addresses inside the house that webhooks and outside calendars may call all the same,
# also by plain http.
OUTGOING_ALLOWED = env.list("OUTGOING_ALLOWED", default=[])
# Keys that seal secrets at rest: name:base64 of 32 bytes; the first seals, all open.
SEALING_KEYS = env.list("SEALING_KEYS", default=[])
SECURE = PORTAL_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PORTAL_URL])

INSTALLED_APPS = [
    "coordinator",
    "imports",
    "kpis",
    "kpis.export",
    "followups",
    "mailroom",
    "webhooks",
    "desk",
    "orders",
    "meetings",
    "tasks",
    "documents",
    "announcements",
    "library",
    "tracking",
    "process",
    "forecast",
    "improve",
    "reports",
    "notices",
    "crm",
    "comms",
    "people",
    "journal",
    "kit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "coordinator.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "coordinator.middleware.busy_database",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "coordinator.middleware.body_limit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "coordinator.middleware.reader",
    "coordinator.middleware.rule_warnings",
    "coordinator.middleware.refused_fields",
]

ROOT_URLCONF = "coordinator.urls"
WSGI_APPLICATION = "coordinator.wsgi.application"
FORM_RENDERER = "kit.widgets.LightRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["kit.templatetags.portal", "template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "coordinator.navigation.page",
            ],
        },
    }
]

DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"].update(
    CONN_MAX_AGE=600,
    CONN_HEALTH_CHECKS=True,
    TEST={"NAME": env.str("TEST_DATABASE", default="test_portal")},
)
# Helpers of a query cost milliseconds to start: only what scans for a tenth of a second gets some.
DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
    "-c lock_timeout=3s -c statement_timeout=60s -c timezone=UTC -c parallel_setup_cost=50000"
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "coordinator_cache",
    },
    # Calls of the API are counted here: in Redis for all processes, else in each for itself.
    "counters": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "counters"},
}

AUTH_USER_MODEL = "people.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # unique it is, in lower case, which the check cannot see
AUTHENTICATION_BACKENDS = ["people.accounts.OneQueryBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "people.accounts.InvitedOnly"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/300s/key"}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "portal_session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "portal_csrf"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SECURE_SSL_REDIRECT = SECURE and env.bool("SSL_REDIRECT", default=True)
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],  # mails, in sandboxed frames
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000
FILE_UPLOAD_HANDLERS = [
    "kit.uploads.limits.Capped",  # first: it stops a file before the others keep it
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=10 * 1024 * 1024)
if UPLOAD_MAX_BYTES < 1:
    raise ImproperlyConfigured("UPLOAD_MAX_BYTES is a number of bytes, at least 1.")
IMPORT_MAX_BYTES = 100 * 1024 * 1024
UPLOAD_DIR = DATA_DIR / "uploads"  # of imports, for a week
# What people attach, for good. No server serves this folder: a view does, after asking who may.
MEDIA_ROOT = Path(env.str("FILES_DIR", default=str(DATA_DIR / "files")))

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "coordinator.storage.PortalStaticFiles"},
}
if LOCAL:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = LOCAL and not (STATIC_ROOT / "staticfiles.json").exists()

# Facts in files (docs/star-schema.md): where; after which hour of the reporting zone at night (unset: only
# when somebody asks); parquet or csv; for how many days they stay.
KPI_EXPORT_DIR = Path(env.str("KPI_EXPORT_DIR", default=str(DATA_DIR / "exports")))
KPI_EXPORT_HOUR = env.int("KPI_EXPORT_HOUR", default=None)
KPI_EXPORT_FORMAT = env.str("KPI_EXPORT_FORMAT", default="parquet")
KPI_EXPORT_DAYS = env.int("KPI_EXPORT_DAYS", default=14)
if KPI_EXPORT_HOUR not in {None, *range(24)} or KPI_EXPORT_FORMAT not in {"parquet", "csv"}:
    raise ImproperlyConfigured("KPI_EXPORT_HOUR is 0 to 23; KPI_EXPORT_FORMAT is parquet or csv.")

# Pages on which guests book: calls of one address in a minute, bookings tried on one page in a minute.
BOOKING_PER_ADDRESS = env.int("BOOKING_PER_ADDRESS", default=90)
BOOKING_PER_PAGE = env.int("BOOKING_PER_PAGE", default=120)
BOOKING_OPEN_PER_MAIL = 5  # coming meetings from pages that one mail address may have
BOOKING_MIN_SECONDS = env.int("BOOKING_MIN_SECONDS", default=3)  # no person fills the form faster

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Amsterdam")
USE_TZ = True
USE_I18N = False
USE_THOUSAND_SEPARATOR = False

EMAIL_URL = env.str("EMAIL_URL", default="")
MAIL_DIR = DATA_DIR / "mail"
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
    if vars()["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
        EMAIL_BACKEND = "comms.backends.RelayBackend"
else:
    EMAIL_BACKEND = "comms.backends.SpoolBackend"  # one file per message, named by its Message-ID
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Sales desk <desk@portal.localhost>")
# Where answers to mails go, by default whence mails come; it needs +tags: desk+anything@example.com.
INBOUND_ADDRESS = env.str("INBOUND_ADDRESS", default="")
# Colleagues are told of bounces by what lies above conversations.
TELL_COLLEAGUE = "notices.services.tell"
# How notices reach colleagues beside the inbox: code -> channel object (notices.channels.Channel). A
# connector adds its own, such as "slack", and under the same code in CHANNEL_CARRIERS the class that
# hands over what is owed on it (comms.carriers.Carrier, with `taken` if the other side can be asked).
CHANNELS = {"mail": "notices.channels.ByMail"}
CHANNEL_CARRIERS: dict[str, str] = {}
# Other ways out beside EMAIL_URL, by name: {"news": {"backend": "anymail.backends.postmark.EmailBackend",
# "options": {"server_token": "…"}, "log": "dotted.path", "idempotency_header": "Idempotency-Key"}}.
# "hooks" opens /mail/hooks/<name>/inbound/ and /tracking/ for what it posts, with the secret that
# django-anymail checks: {"by": "postmark", "webhook_secret": "user:password"}.
MAIL_PROVIDERS = env.json("MAIL_PROVIDERS", default={})
# The most bytes of a post with a mail in it: the largest mail that is taken, in base64.
MAIL_HOOK_MAX_BYTES = 40 * 1024 * 1024
# Reports may go to addresses of these domains outside, figures only, never records; none by default.
REPORT_OUTSIDE_DOMAINS = env.list("REPORT_OUTSIDE_DOMAINS", default=[])
# Asked about deliveries whose sender died: Message-IDs -> {Message-ID: taken, or None for unknown}.
RELAY_LOG = env.str("RELAY_LOG", default="" if EMAIL_URL else "comms.backends.spool_has")

CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# A worker whose hands are full looks at the folder again only after its polling interval: with one
# message a hand and a second's interval it did two things a second, the same two each time.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1 if REDIS_URL else 8
CELERY_TASK_TIME_LIMIT = 240
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, float | str] = {
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "broker"),
        "data_folder_out": str(DATA_DIR / "broker"),
        "processed_folder": str(DATA_DIR / "broker-done"),
        "control_folder": str(DATA_DIR / "broker-control"),
        "polling_interval": 0.1,
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = SCHEDULE

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "people.api.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["kit.api.DeclaredPermission"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "kit.api.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["kit.api.StrictFilters"],
    "DEFAULT_SCHEMA_CLASS": "kit.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["kit.api.PersonThrottle"],
    "DEFAULT_THROTTLE_RATES": {"person": env.str("API_RATE", default="30000/min")},
    "EXCEPTION_HANDLER": "kit.api.problem_details",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sales coordination portal",
    "DESCRIPTION": "Requests, orders, meetings, hand-offs and KPIs. "
    "Bearer tokens are made on the profile page.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/",
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": True,
    "ENUM_NAME_OVERRIDES": {
        "RequestStatusEnum": "desk.models.request.Status",
        "HandOffStatusEnum": "desk.models.handoff.HandOff.Status",
        "OrderStatusEnum": "orders.models.order.Status",
        "QuoteStatusEnum": "orders.models.quote.QuoteFamily.Status",
        "MeetingStatusEnum": "meetings.models.Status",
        "MeetingPriorityEnum": "meetings.models.Priority",
        "PriorityEnum": "desk.models.request.Priority",
        "AttendeeReplyEnum": "meetings.models.Attendee.Reply",
        "MeetingOutcomeEnum": "meetings.models.Outcome",
        "MeetingAnswerEnum": "meetings.services.outcomes.ANSWER_CHOICES",
        "TaskStatusEnum": "tasks.models.Status",
        "DocumentAskStatusEnum": "documents.models.Status",
        "FollowUpStatusEnum": "followups.models.FollowUp.Status",
        "FollowUpUnitEnum": "followups.models.Step.Unit",
        "FollowUpClockEnum": "followups.models.Step.Clock",
        "FollowUpChannelEnum": "followups.models.Step.Channel",
        "ImportStatusEnum": "imports.models.Status",
        "ImportKindEnum": "imports.kinds.CHOICES",
        "AnnouncementKindEnum": "announcements.models.Kind",
        "RecordKindEnum": "crm.models.RecordKind",
        "DuplicateStateEnum": "crm.models.DuplicatePair.State",
        "OrderIssueKindEnum": "orders.models.IssueKind",
        "IssueCauseEnum": "orders.models.OrderIssue.Cause",
        "DeliveryStatusEnum": "comms.models.delivery.Delivery.Status",
        "SuppressionReasonEnum": "comms.models.suppression.Suppression.Reason",
        "ReturnReasonEnum": "orders.models.shipment.OrderReturn.Reason",
        "VisibilityEnum": "comms.models.talk.Visibility",
        "MaterialKindEnum": "library.models.Kind",
        "ReadingStateEnum": "library.models.State",
        "AmendmentCauseEnum": "orders.models.Amendment.Cause",
        "StageKindEnum": "crm.models.deals.Stage.Kind",
        "LeadStatusEnum": "crm.models.leads.LeadStatus",
        "ActivityKindEnum": "crm.models.activities.Activity.Kind",
        "ContactRoleEnum": "crm.models.records.ContactRole",
        "RoleEnum": "people.models.Role",
    },
}

LOGGING = logging_at(env.str("LOG_LEVEL", default="INFO"))
