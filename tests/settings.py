"""The project's settings with nothing of this machine in them: no .env, no keys, a data folder of its own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from chatbot.settings_table import SETTINGS

# What .env or the shell says must not decide a test; only the runner chooses the database and the channel layer.
for _name in SETTINGS.keys() - {"DATABASE_URL", "REDIS_URL"}:
    os.environ[_name] = ""
for _name in ("DATABASE_URL", "REDIS_URL"):
    os.environ.setdefault(_name, "")
_folder = tempfile.mkdtemp(prefix="chatbot-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ |= {"DATA_DIR": _folder, "SECRET_KEY": "only-for-tests-and-never-elsewhere"}

from chatbot.settings import *  # noqa: E402, F403
from chatbot.settings import DATABASES, INSTALLED_APPS  # noqa: E402
from chatbot.settings import MIDDLEWARE as ALL_MIDDLEWARE  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "files": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# A test's client asks for no static file. This middleware is the only one that can't be called synchronously: with it every request of a
# client goes to another thread and back four times.
MIDDLEWARE = [name for name in ALL_MIDDLEWARE if name != "chatbot.static_middleware.StaticFilesMiddleware"]

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in production: an in-memory database locks by table and ignores the busy timeout.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_folder) / "test.sqlite3")}

__all__ = ["DATABASES", "INSTALLED_APPS", "MIDDLEWARE"]
