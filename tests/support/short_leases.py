"""`manage.py serve`, and `work`, whose leases run out sooner, so that tests of lost processes wait less.

As a `Serving`'s program: `("-m", "tests.support.short_leases")`.
"""

from datetime import timedelta

if __name__ == "__main__":
    import manage

    manage._use_uvloop()
    from conversations.jobs import leases as of_jobs
    from conversations.processes import leases

    leases.DURATION, leases.RENEWED_AFTER, leases.SEARCH_INTERVAL_SECONDS = timedelta(seconds=3), timedelta(seconds=1), 0.4
    # Of a living worker a busy machine lets nothing be heard for seconds.
    of_jobs.DURATION, of_jobs.MARGIN = timedelta(seconds=8), timedelta(seconds=2)
    of_jobs.BEAT_SECONDS, of_jobs.POLL_SECONDS = 0.5, 0.2
    manage.main()
