"""`manage.py serve` that holds nothing against its provider for longer than an answer, and soon hears of what was changed in the database.

For tests that share a server, let answers fail, and set limits. As a `Serving`'s program: `("-m", "tests.support.forgiving_serve")`.
"""

import os

READ_AGAIN = 0.3
"""Seconds after which the process knows what was changed in the database."""

if __name__ == "__main__":
    import manage

    manage._use_uvloop()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    import django

    django.setup()
    from conversations.routing import catalog, circuits, keys
    from conversations.usage.limits import in_force

    circuits.OPENS_AFTER = 1_000_000
    catalog.FRESH_SECONDS = in_force._rules.seconds = READ_AGAIN / 2
    keys.refuse = lambda *_: None
    manage.main()
