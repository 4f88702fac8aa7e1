"""How pages show times: with the 24-hour clock and the time zone, to be compared with a log. Django reads this by FORMAT_MODULE_PATH."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i:s T"
