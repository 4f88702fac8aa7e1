from .declaration import Group, Setting

GROUP = Group(
    "Limits",
    introduction="How much each user may use is set in the admin, under “Limits”.",
    settings=(
        Setting(
            "UNPRICED_MODELS",
            "choice",
            "allow",
            "What an unpriced model costs can't be counted: with a budget in dollars, may such models answer all the same? Prices are "
            "known from the provider's list, or written down with the model in the admin.",
            choices=("allow", "refuse"),
        ),
        Setting(
            "SOCKETS_PER_ADDRESS",
            "whole number",
            1000,
            "How many pages one address may have open in each process. A whole school may come from one address. 0: without a limit.",
            least=0,
        ),
        Setting(
            "SOCKET_OPENINGS_PER_MINUTE",
            "whole number",
            600,
            "How many pages one address may open a minute in the long run, in each process; as many as it may have open at once. 0: "
            "without a limit.",
            least=0,
        ),
    ),
)
