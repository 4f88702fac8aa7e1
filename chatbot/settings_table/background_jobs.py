from .declaration import Group, Setting

GROUP = Group(
    "Background jobs",
    settings=(
        Setting(
            "JOBS_IN_SERVE",
            "on or off",
            True,
            "Whether `manage.py serve` runs background jobs, too. Off where `manage.py work` runs them in processes of their own.",
        ),
    ),
)
