"""Django's settings. Those that the environment or .env decides are declared in `settings_table`.

A wrong value stops the start with one sentence.
"""

import re
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from chatbot import log_settings, tracing
from chatbot.account_settings import *  # noqa: F403
from chatbot.application_settings import *  # noqa: F403
from chatbot.databases import database
from chatbot.environment import read_file, value
from chatbot.file_storage import storage_of_files
from chatbot.secret_key import kept_secret_key, require_strong
from conversations import mail
from conversations.pages import browser_modules
from conversations.providers import base_urls, openai_itself

BASE_DIR = Path(__file__).resolve().parent.parent
read_file(BASE_DIR / ".env")

# Where things are kept

DATA_DIR = Path(value("DATA_DIR"))
if not DATA_DIR.is_absolute():
    DATA_DIR = BASE_DIR / DATA_DIR
DATABASES = {"default": database(value("DATABASE_URL"), DATA_DIR)}  # before anything is made where it can't be kept
try:
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"DATA_DIR ({DATA_DIR}) can't be made: {error.strerror}. Name a folder that can be written to.") from error

DEBUG: bool = value("DEBUG")
SECRET_KEY: str = value("SECRET_KEY") or kept_secret_key(DATA_DIR / "secret_key")
KEY_SECRET: str = value("KEY_SECRET") or SECRET_KEY
for _name in ("SECRET_KEY", "KEY_SECRET"):
    if value(_name):
        require_strong(value(_name), _name)
OLD_KEY_SECRETS: list[str] = [*value("OLD_KEY_SECRETS"), *([SECRET_KEY] if KEY_SECRET != SECRET_KEY else [])]
ALLOWED_HOSTS: list[str] = value("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS: list[str] = value("CSRF_TRUSTED_ORIGINS")
BEHIND_TLS: bool = value("BEHIND_TLS")
SITE_PATH: str = value("SITE_PATH")
FORCE_SCRIPT_NAME = SITE_PATH.rstrip("/")  # Django's name for it; see chatbot/site_path.py
_trusted_proxies = value("TRUSTED_PROXIES")
TRUSTED_PROXIES: int = int(BEHIND_TLS) if _trusted_proxies is None else _trusted_proxies

# The product

SITE_NAME: str = value("SITE_NAME")
SITE_URL: str = value("SITE_URL")
SIGNUP_OPEN: bool = value("SIGNUP_OPEN")
ADMIN_READS_CONVERSATIONS: bool = value("ADMIN_READS_CONVERSATIONS")
DRAIN_SECONDS: float = value("DRAIN_SECONDS")
JOBS_IN_SERVE: bool = value("JOBS_IN_SERVE")
USERS_MAKE_API_TOKENS: bool = value("USERS_MAKE_API_TOKENS")
API_MAX_BODY_MB: int = value("API_MAX_BODY_MB")
API_ALLOWED_ORIGINS: list[str] = value("API_ALLOWED_ORIGINS")
WEBHOOKS_TO_PRIVATE_ADDRESSES: bool = value("WEBHOOKS_TO_PRIVATE_ADDRESSES")
REVIEW_PERCENT: int = value("REVIEW_PERCENT")
RELIABILITY_OBJECTIVE: float = value("RELIABILITY_OBJECTIVE")
if not 50 <= RELIABILITY_OBJECTIVE < 100:
    raise ImproperlyConfigured("RELIABILITY_OBJECTIVE must be a percentage from 50 to below 100, such as 99.5.")

# The provider

OPENAI_API_KEY: str = value("OPENAI_API_KEY").strip()
if not all("!" <= character <= "~" for character in OPENAI_API_KEY):  # many of these no request could be sent with
    raise ImproperlyConfigured("OPENAI_API_KEY: A key has no spaces, line breaks or special characters, such as “quotes” around it.")
OPENAI_BASE_URL: str = value("OPENAI_BASE_URL")
if OPENAI_BASE_URL:
    try:
        OPENAI_BASE_URL = base_urls.clean(OPENAI_BASE_URL)
    except ValueError as error:
        raise ImproperlyConfigured(f"OPENAI_BASE_URL: {error}") from error
OPENAI_API: str = value("OPENAI_API")
OPENAI_MODEL: str = value("OPENAI_MODEL").strip()
OPENAI_CONTEXT_WINDOW: int = value("OPENAI_CONTEXT_WINDOW")
OPENAI_RESUME: str = value("OPENAI_RESUME")
OPENAI_RECONNECT: bool = value("OPENAI_RECONNECT")
OPENAI_CONNECT_SECONDS: float = value("OPENAI_CONNECT_SECONDS")
OPENAI_FIRST_TOKEN_SECONDS: float = value("OPENAI_FIRST_TOKEN_SECONDS")
OPENAI_NEXT_TOKEN_SECONDS: float = value("OPENAI_NEXT_TOKEN_SECONDS")
for _name in ("OPENAI_CONNECT_SECONDS", "OPENAI_FIRST_TOKEN_SECONDS", "OPENAI_NEXT_TOKEN_SECONDS"):
    if not 0 < globals()[_name] <= 3600:
        raise ImproperlyConfigured(f"{_name} must lie between 0 and 3600.")
RETRY_SECONDS: float = value("RETRY_SECONDS")
if OPENAI_API_KEY or OPENAI_BASE_URL:  # else the built-in model answers, whatever these say
    _api = OPENAI_API or openai_itself.default_api(OPENAI_BASE_URL)
    if OPENAI_RESUME == "background" and _api != "responses":
        raise ImproperlyConfigured(
            "OPENAI_RESUME=background needs the Responses API: set OPENAI_API=responses if the server has background responses, "
            "else leave OPENAI_RESUME empty."
        )
    if OPENAI_RESUME == "prefix" and (_api != "chat_completions" or openai_itself.is_openai(OPENAI_BASE_URL)):
        raise ImproperlyConfigured(
            "OPENAI_RESUME=prefix needs a server that goes on with an answer it is given, such as vLLM or llama.cpp, "
            "and OPENAI_API=chat_completions; OpenAI itself does not."
        )

# Limits: how much each may use is set in the admin.

UNPRICED_MODELS: str = value("UNPRICED_MODELS")
SOCKETS_PER_ADDRESS: int = value("SOCKETS_PER_ADDRESS")
SOCKET_OPENINGS_PER_MINUTE: int = value("SOCKET_OPENINGS_PER_MINUTE")

# Django

TIME_ZONE = value("TIME_ZONE")
REDIS_URL: str = value("REDIS_URL")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "chatbot.redis_cache.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Accounts

ALLAUTH_TRUSTED_PROXY_COUNT = max(0, TRUSTED_PROXIES)  # else everybody behind a proxy would share one limit of sign-in attempts
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "

_email_url = value("EMAIL_URL")
if _email_url:
    globals().update(environ.Env.email_url_config(_email_url))
else:
    EMAIL_BACKEND = mail.PRINTED_MAIL
DEFAULT_FROM_EMAIL: str = value("DEFAULT_FROM_EMAIL")

# Static files: gathered by `serve`, named by their content, compressed, kept by browsers for a year.

STATIC_URL = f"{SITE_PATH}static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", *browser_modules.npm_folders(BASE_DIR / "node_modules")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Neither has an address: conversations/pages/files.py gives files out, and asks who may read them.
    "files": storage_of_files(DATA_DIR, value("FILES_S3_BUCKET"), value("FILES_S3_ENDPOINT"), value("FILES_S3_FOLDER")),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "chatbot.static_storage.StaticFilesStorage"
    },
}
SERVESTATIC_USE_FINDERS = DEBUG
SERVESTATIC_AUTOREFRESH = DEBUG
SERVESTATIC_KEEP_ONLY_HASHED_FILES = True

# Files of users

FILE_UPLOAD_PERMISSIONS = None  # what the process's mask leaves, as of all else in the data folder
FILE_MAX_MB: int = value("FILE_MAX_MB")
IMAGE_INPUT: bool = value("IMAGE_INPUT")
PICTURES: bool = value("PICTURES")
FILES_PER_MESSAGE: int = value("FILES_PER_MESSAGE")
FILE_STORAGE_MB: int = value("FILE_STORAGE_MB")
ORPHAN_FILE_HOURS: int = value("ORPHAN_FILE_HOURS")
VIRUS_SCANNER: str = value("VIRUS_SCANNER").strip()
if VIRUS_SCANNER and not re.fullmatch(r"/.+|[^/]+:\d{1,5}", VIRUS_SCANNER):
    raise ImproperlyConfigured("VIRUS_SCANNER must be a host and a port, such as clamav:3310, or the path of a socket.")
OCR_LANGUAGES: str = value("OCR_LANGUAGES").strip()
if OCR_LANGUAGES and not re.fullmatch(r"\w+(\+\w+)*", OCR_LANGUAGES):
    raise ImproperlyConfigured("OCR_LANGUAGES must be tesseract’s names of languages, such as eng+deu, or off.")

# Speech

DICTATION: bool = value("DICTATION")
TRANSCRIPTION_MODEL: str = value("TRANSCRIPTION_MODEL").strip()
READ_ALOUD: bool = value("READ_ALOUD")
SPEECH_MODEL: str = value("SPEECH_MODEL").strip()
SPEECH_VOICE: str = value("SPEECH_VOICE").strip()
SPEECH_SPEED: float = value("SPEECH_SPEED")
SPEECH_INSTRUCTIONS: str = value("SPEECH_INSTRUCTIONS").strip()
SPEECH_CACHE_MB: int = value("SPEECH_CACHE_MB")
SPEECH_CACHE_DAYS: int = value("SPEECH_CACHE_DAYS")
SPEECH_TO_SPEECH: bool = value("SPEECH_TO_SPEECH")
REALTIME_MODEL: str = value("REALTIME_MODEL").strip()
REALTIME_VOICE: str = value("REALTIME_VOICE").strip()
REALTIME_MINUTES: int = value("REALTIME_MINUTES")
REALTIME_IDLE_SECONDS: int = value("REALTIME_IDLE_SECONDS")
REALTIME_PER_USER: int = value("REALTIME_PER_USER")
REALTIME_AT_ONCE: int = value("REALTIME_AT_ONCE")

# Safety

# Another site on the same host keeps its cookies, and the cookies of one at "/" come along with those of one below it.
_cookie_suffix = FORCE_SCRIPT_NAME.replace("/", "_")
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"sessionid{_cookie_suffix}", f"csrftoken{_cookie_suffix}"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = FORCE_SCRIPT_NAME or "/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [rf"^{re.escape(SITE_PATH[1:])}(healthz|readyz|metrics)$"]  # asked by machines that stand behind the proxy, too
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_TLS else 0
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

METRICS_TOKEN: str = value("METRICS_TOKEN").strip()
TRACING: str = tracing.service(value("TRACING"))
TRACING_ENDPOINT: str = value("TRACING_ENDPOINT")
TRACING_KEY: str = value("TRACING_KEY").strip()
TRACING_CONTENT: bool = value("TRACING_CONTENT")
TRACING_PROJECT: str = value("TRACING_PROJECT").strip()
LOG_FORMAT: str = value("LOG_FORMAT")
LOGGING = log_settings.logging(LOG_FORMAT)
