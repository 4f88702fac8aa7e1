"""People of a served site: every site begins with the template's."""

from .serving import Served
from .template import session_key


def make_admin(server: Served, name: str) -> str:
    """Let this person into the admin; answers the key of their session."""
    server.rows("UPDATE conversations_user SET is_staff = TRUE, is_superuser = TRUE WHERE username = %s", name)
    return session_key(name)
