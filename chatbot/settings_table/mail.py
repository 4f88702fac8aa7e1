from .declaration import Group, Setting

GROUP = Group(
    "Mail",
    introduction="For password resets.",
    settings=(
        Setting(
            "EMAIL_URL",
            "address",
            "",
            "The server that mails are sent through.",
            otherwise="mails are printed where the server runs",
            example="smtp+tls://user:password@mail.example.org:587",
            schemes=("smtp", "smtps", "smtp+tls", "smtp+ssl", "consolemail", "filemail"),
            secret=True,
        ),
        Setting("DEFAULT_FROM_EMAIL", "text", "chatbot@localhost", "Whom mails are from.", example="chat@example.org"),
    ),
)
