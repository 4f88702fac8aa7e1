from .declaration import Group, Setting

GROUP = Group(
    "The site",
    settings=(
        Setting("SITE_NAME", "text", "Chatbot", "The site's name, as people see it."),
        Setting(
            "SITE_URL",
            "origin",
            "",
            "The address under which the site is reached, with its scheme: links in mails and invitations begin with it. Set it where "
            "mail is set up and the site is reached at a port of its own, or under several names.",
            otherwise="what the request names; in mails without its port, unless the server itself listens there",
            example="https://chat.example.org",
        ),
        Setting(
            "TIME_ZONE",
            "time zone",
            "UTC",
            "Where a day and a month begin for prompts that name the date and for monthly limits, and the time that the admin shows. "
            "Reports and nightly jobs go by UTC.",
            example="Europe/Berlin",
        ),
        Setting("SIGNUP_OPEN", "on or off", True, "Whether people may make accounts for themselves. When off, administrators invite them."),
        Setting(
            "ADMIN_READS_CONVERSATIONS",
            "on or off",
            False,
            "Whether superusers, and staff with the permission to read conversations, may read people's conversations in the admin; "
            "each look is noted in the admin log.",
        ),
        Setting(
            "REVIEW_PERCENT",
            "whole number",
            0,
            "How many percent of the answers are put into the review queue each night, beside those with a thumb down. A "
            "prompt may have a number of its own. Nothing is where ADMIN_READS_CONVERSATIONS is off.",
            least=0,
            most=100,
        ),
        Setting(
            "RELIABILITY_OBJECTIVE",
            "number",
            99.5,
            "How many percent of the answers are to succeed, over thirty days: from 50 to below 100. The reports in the admin say how "
            "much of what may fail is used up.",
        ),
        Setting(
            "ALLOWED_HOSTS",
            "host names",
            ["localhost", "127.0.0.1", "[::1]"],
            "The names under which the site is reached; `*.example.org` is all below one, and `*` is any. A scheme and a port make no "
            "difference.",
            example="chat.example.org,localhost,127.0.0.1",
        ),
    ),
)
