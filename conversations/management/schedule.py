"""What the site does every day by itself."""

from datetime import time

from conversations.evaluation.review_queue import fill_review_queue
from conversations.files.sweeping import sweep_files
from conversations.jobs.finished_jobs import delete_old_jobs
from conversations.jobs.schedule import Daily
from conversations.routing.shutdowns import read_shutdown_dates
from conversations.speech.kept_sounds import sweep_sounds
from conversations.usage.reports.rollups import roll_up_past_days
from conversations.usage.reports.signs import roll_up_signs
from conversations.webhooks.delivery import delete_old_deliveries
from conversations.widgets.retention import delete_old_visitors

from .expired_sessions import delete_expired_sessions
from .retirement_mail import mail_retirements

SCHEDULE = (
    Daily(roll_up_past_days, time(0, 10)),  # by then all that was stamped before midnight has been written
    Daily(roll_up_signs, time(0, 30)),
    Daily(fill_review_queue, time(0, 40)),
    Daily(delete_expired_sessions, time(3, 20)),
    Daily(delete_old_visitors, time(3, 25)),
    Daily(sweep_files, time(3, 30)),
    Daily(sweep_sounds, time(3, 35)),
    Daily(delete_old_jobs, time(3, 40)),
    Daily(delete_old_deliveries, time(3, 50)),
    Daily(read_shutdown_dates, time(4, 0)),
    Daily(mail_retirements, time(6, 0)),
)
