from .declaration import Group, Setting

GROUP = Group(
    "Where things are kept",
    settings=(
        Setting(
            "DATA_DIR",
            "text",
            "var",
            "The folder for the database, files and the secret key. A relative one is seen from the project's folder.",
        ),
        Setting(
            "SECRET_KEY",
            "text",
            "",
            "Signs sessions: at least 32 random characters. Several servers behind one name need the same.",
            otherwise="made once and kept in `DATA_DIR/secret_key`",
            secret=True,
        ),
        Setting(
            "KEY_SECRET",
            "text",
            "",
            "Seals the API keys that are kept in the database. To change it, name the one before in `OLD_KEY_SECRETS` and start again: "
            "every key is then sealed with the new one, and the old one can go.",
            otherwise="`SECRET_KEY`",
            secret=True,
        ),
        Setting("OLD_KEY_SECRETS", "list", [], "What `KEY_SECRET` was before, while it is changed.", secret=True),
        Setting(
            "DATABASE_URL",
            "address",
            "",
            "PostgreSQL in place of SQLite.",
            otherwise="SQLite in `DATA_DIR`",
            example="postgres://user:password@localhost:5432/chatbot",
            schemes=("sqlite", "postgres", "postgresql"),
            secret=True,
        ),
        Setting(
            "REDIS_URL",
            "address",
            "",
            "Joins several processes to one site, and counts sign-in attempts and the like for all of them. They share `DATABASE_URL` "
            "and `SECRET_KEY`, too.",
            otherwise="without it, a site has one process",
            example="redis://localhost:6379/0",
            schemes=("redis", "rediss", "unix"),
            secret=True,
        ),
    ),
)
