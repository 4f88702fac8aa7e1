"""`manage.py serve` whose leases run out sooner, so that tests of lost processes wait less.

As a `Serving`'s program: `("-m", "tests.support.short_leases")`.
"""

from datetime import timedelta

if __name__ == "__main__":
    import manage

    manage._use_uvloop()
    from conversations.processes import leases

    leases.DURATION, leases.RENEWED_AFTER = timedelta(seconds=3), timedelta(seconds=1)
    manage.main()
