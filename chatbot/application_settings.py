"""What the site is made of, and what it lets browsers do: Django's settings that nothing in the environment decides."""

from pathlib import Path

from csp.constants import NONCE, NONE, SELF, STRICT_DYNAMIC

INSTALLED_APPS = [
    "daphne",
    "conversations",
    "servestatic.runserver_nostatic",
    "conversations.admin.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "channels",
    "csp",
]
MIDDLEWARE = [
    "conversations.logs.RequestIdMiddleware",
    "conversations.api.middleware.ApiMiddleware",
    "conversations.pages.stored_pages.NoStoredPagesMiddleware",
    "conversations.pages.permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "chatbot.static_middleware.StaticFilesMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "chatbot.urls"
ASGI_APPLICATION = "chatbot.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent.parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"list_tags": "conversations.admin.base.list_tags", "page_tags": "conversations.pages.page_tags"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "conversations.pages.site.site",
            ],
        },
    },
]
USE_TZ = True
LANGUAGE_CODE = "en"
USE_I18N = False  # all pages are in English, and to look for the language of each word and address took a tenth of the admin's time
FORMAT_MODULE_PATH = "chatbot.formats"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Safety

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [NONCE, STRICT_DYNAMIC],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "conversations.pages.csrf_failure.csrf_failure"
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # subdomains and browsers' preload lists are for the domain's owner to decide
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 1000  # the admin's import takes 200, and says so to who sends more; Django answers with a bare 400
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # its cookie would be everywhere on the host
