from .declaration import Group, Setting

GROUP = Group(
    "Behind a proxy",
    settings=(
        Setting(
            "BEHIND_TLS",
            "on or off",
            False,
            "On when a proxy in front speaks HTTPS and sets `X-Forwarded-Proto`: cookies then travel over HTTPS only, and HTTP is sent "
            "there.",
        ),
        Setting(
            "SITE_PATH",
            "path",
            "/",
            "The path under which the site is reached, where its host has other things, too. The proxy may pass it on or leave it out.",
            example="/chat/",
        ),
        Setting(
            "TRUSTED_PROXIES",
            "whole number",
            None,
            "How many proxies stand in front, each adding to `X-Forwarded-For`: sign-in attempts and open pages are counted by the "
            "address that the first of them saw.",
            otherwise="1 with `BEHIND_TLS`, else 0",
            example="1",
        ),
        Setting(
            "CSRF_TRUSTED_ORIGINS",
            "origins",
            [],
            "Needed only when the proxy changes the `Host` header: the addresses that people see, with their scheme.",
            example="https://chat.example.org",
        ),
        Setting(
            "DRAIN_SECONDS",
            "number",
            10.0,
            "How many seconds running answers get to finish when the server is told to stop. What isn't done by then goes on in "
            "another process where the provider allows it (`OPENAI_RESUME`), and can be continued by hand elsewhere.",
        ),
    ),
)
