"""`manage.py` in which a database is not migrated but filled with a copy of the run's migrated one.

For commands that begin with a folder from which nothing was served: `FORKS.run(["-m", "tests.support.copied_database", …], …)`.
"""

from typing import Any
from unittest import mock

from django.core.management import call_command

from .migrated import migrated


def _copy(name: str, **options: Any) -> None:
    assert name == "migrate"
    migrated(lambda: call_command(name, **options))


if __name__ == "__main__":
    import manage
    from conversations.management import database

    with mock.patch.object(database, "call_command", _copy):
        manage.main()
