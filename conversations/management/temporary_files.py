"""Where temporary files go when the machine has no folder for them, as in a container whose root can't be written to."""

import os
import tempfile

from django.conf import settings


def ensure_folder() -> None:
    """Large requests and SQLite's sorting need one: without any other, the data folder. Such files have no names there."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        tempfile.tempdir = str(settings.DATA_DIR)
        os.environ["TMPDIR"] = tempfile.tempdir  # SQLite and child processes ask for this
