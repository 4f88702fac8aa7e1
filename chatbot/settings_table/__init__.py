"""Every setting, declared once: `settings.py` reads them, `settings_pages` writes docs/settings.md and .env.example from them.

Only Python's own library is imported here, so that the pages can be written before anything is installed.
"""

from . import api, background_jobs, development, files, limits, mail, provider, proxy, site, speech, storage, watching, webhooks
from .declaration import Group, Setting, Value

__all__ = ["GROUPS", "SETTINGS", "Group", "Setting", "Value"]

GROUPS = tuple(
    group.GROUP
    for group in (provider, site, storage, proxy, background_jobs, api, webhooks, watching, limits, files, speech, mail, development)
)
"""In the order of docs/settings.md."""
SETTINGS = {setting.name: setting for group in GROUPS for setting in group.settings}
