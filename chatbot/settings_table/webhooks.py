from .declaration import Group, Setting

GROUP = Group(
    "Webhooks",
    settings=(
        Setting(
            "WEBHOOKS_TO_PRIVATE_ADDRESSES",
            "on or off",
            False,
            "Whether webhooks may go to addresses that only this server's network has, and without TLS. Off, who may add them can't "
            "have the server ask its neighbours.",
        ),
    ),
)
