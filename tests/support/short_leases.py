"""`manage.py serve`, and `work`, whose leases run out sooner, so that tests of lost processes wait less. Another process has `ANSWER_SECONDS`
to say that it goes on serving: much where that is not set, for a busy machine may keep it from that.

As a `Serving`'s program: `("-m", "tests.support.short_leases")`.
"""

import os
from datetime import timedelta

if __name__ == "__main__":
    import manage

    manage._use_uvloop()
    from conversations.jobs import leases as of_jobs
    from conversations.processes import checkpoints, leases, presence

    leases.DURATION, leases.RENEWED_AFTER, leases.SEARCH_INTERVAL_SECONDS = timedelta(seconds=3), timedelta(seconds=1), 0.4
    checkpoints.MAX_INTERVAL_SECONDS = 1.0  # on a busy machine it grows, and is to stay far below a lease
    presence.ANSWER_TIMEOUT_SECONDS = float(os.environ.get("ANSWER_SECONDS", "10"))
    # Of a living worker a busy machine lets nothing be heard for seconds.
    of_jobs.DURATION, of_jobs.MARGIN = timedelta(seconds=8), timedelta(seconds=2)
    of_jobs.BEAT_SECONDS, of_jobs.POLL_SECONDS = 0.5, 0.2
    manage.main()
