"""Users of a served site, created in its own process."""

from .serving import Served

SIGN_IN = """
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from conversations.models import User
user = User.objects.filter(username={name!r}).first() or User.objects.create_user({name!r})
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print("key:" + session.session_key)
"""


def sign_in(server: Served, name: str) -> str:
    """The session key of this user, created first where there is none."""
    printed = server.manage("shell", "--command", SIGN_IN.format(name=name))
    return printed.rsplit("key:", 1)[1].strip()
