"""`manage.py serve` whose circuits never open and whose keys are never refused: for tests that share a server and let answers fail.

As a `Serving`'s program: `("-m", "tests.support.forgiving_serve")`.
"""

import os

if __name__ == "__main__":
    import manage

    manage._use_uvloop()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    import django

    django.setup()
    from conversations.routing import circuits, keys

    circuits.OPENS_AFTER = 1_000_000
    keys.refuse = lambda *_: None
    manage.main()
