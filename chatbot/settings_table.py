"""Every setting, declared once: `settings.py` reads them, `settings_pages` writes docs/settings.md and .env.example from them.

Only Python's own library is imported here, so that the pages can be written before anything is installed.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "text", "on or off", "whole number", "number", "list", "choice", "address", "host names", "origin", "origins", "path", "time zone"
]
Value = str | bool | int | float | list[str] | None


@dataclass(frozen=True)
class Setting:
    name: str
    kind: Kind
    default: Value  # what counts where neither the environment nor .env says anything; None where others decide it
    meaning: str  # in Markdown
    otherwise: str = ""  # what an empty default stands for, or what it depends on
    example: str = ""  # for .env.example, where the default shows nothing
    choices: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()  # of an address
    secret: bool = False


@dataclass(frozen=True)
class Group:
    title: str
    settings: tuple[Setting, ...]
    introduction: str = ""


GROUPS = (
    Group(
        "The provider",
        introduction="With neither `OPENAI_API_KEY` nor `OPENAI_BASE_URL`, a small built-in model answers until a provider that "
        "has a model is added in the admin. It is for trying things out. These settings name one provider; more are added in the admin.",
        settings=(
            Setting(
                "OPENAI_API_KEY",
                "text",
                "",
                "The provider's key. With a key alone, answers come from OpenAI.",
                example="sk-...",
                secret=True,
            ),
            Setting(
                "OPENAI_BASE_URL",
                "address",
                "",
                "The address of any server that speaks OpenAI's protocol, with its `/v1`.",
                otherwise="OpenAI, if there is a key",
                example="http://localhost:11434/v1",
                schemes=("http", "https"),
            ),
            Setting(
                "OPENAI_MODEL",
                "text",
                "",
                "The model that answers when a prompt names none.",
                otherwise="a small recent one at OpenAI, elsewhere the first that the server lists",
            ),
            Setting(
                "OPENAI_API",
                "choice",
                "",
                "Which of OpenAI's two protocols to speak.",
                otherwise="`responses` with OpenAI itself, `chat_completions` with all others",
                choices=("responses", "chat_completions"),
            ),
            Setting(
                "OPENAI_CONTEXT_WINDOW",
                "whole number",
                0,
                "How many tokens fit into the model's window. Older messages are left out beyond it.",
                otherwise="128000 with OpenAI, 32768 elsewhere",
            ),
            Setting(
                "OPENAI_RESUME",
                "choice",
                "",
                "How to finish an answer when the server process that was writing it has died. `background`, for OpenAI's Responses "
                "API: the answer is made there whether we listen or not, and another process listens on; the provider keeps each answer "
                "for some minutes, and a stopped one is cancelled there. `prefix`, for vLLM and llama.cpp: they are given the "
                "beginning and go on with it.",
                otherwise="the answer stays as it is, and the user can continue it",
                choices=("background", "prefix"),
            ),
            Setting(
                "OPENAI_RECONNECT",
                "on or off",
                True,
                "Whether an answer whose connection breaks in the middle is continued automatically, at most twice. When off, it stops "
                "there, and the user can continue it.",
            ),
            Setting(
                "OPENAI_CONNECT_SECONDS",
                "number",
                10.0,
                "How many seconds the provider is waited for until there is a connection: more than 0, at most 3600.",
            ),
            Setting(
                "OPENAI_FIRST_TOKEN_SECONDS",
                "number",
                120.0,
                "How many seconds it is waited for until the answer begins; five times as long where the prompt asks for reasoning.",
            ),
            Setting("OPENAI_NEXT_TOKEN_SECONDS", "number", 60.0, "How many seconds it is waited for between the words of an answer."),
            Setting(
                "RETRY_SECONDS",
                "number",
                180.0,
                "For how many seconds an answer whose provider fails is asked for again, or of another provider: after its beginning, and "
                "again after each time that it broke off in the middle.",
            ),
        ),
    ),
    Group(
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
            Setting(
                "SIGNUP_OPEN", "on or off", True, "Whether people may make accounts for themselves. When off, administrators invite them."
            ),
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
                "How many percent of the answers are put into the review queue each night, beside those with a thumb down: 0 to 100. A "
                "prompt may have a number of its own. Nothing is where ADMIN_READS_CONVERSATIONS is off.",
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
    ),
    Group(
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
    ),
    Group(
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
    ),
    Group(
        "Background jobs",
        settings=(
            Setting(
                "JOBS_IN_SERVE",
                "on or off",
                True,
                "Whether `manage.py serve` runs background jobs, too. Off where `manage.py work` runs them in processes of their own.",
            ),
        ),
    ),
    Group(
        "The API",
        introduction="Other programs use it with tokens; see [api.md](api.md).",
        settings=(
            Setting(
                "USERS_MAKE_API_TOKENS",
                "on or off",
                False,
                "Whether every user may make API tokens for themselves. When off, superusers and those who have the permission for it may.",
            ),
            Setting(
                "API_MAX_BODY_MB",
                "whole number",
                32,
                "How many megabytes (of 1,048,576 bytes) a request may have that can bring images, recordings and files: 2 to 1000. All "
                "others have at most 2. A proxy in front must let as much through.",
            ),
            Setting(
                "API_ALLOWED_ORIGINS",
                "origins",
                [],
                "The sites whose pages may use the API from a browser, with their scheme; `https://*.example.org` is all below that name. "
                "Programs that are no pages need nothing here.",
                example="https://www.example.org",
            ),
        ),
    ),
    Group(
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
    ),
    Group(
        "Watching it",
        settings=(
            Setting(
                "METRICS_TOKEN",
                "text",
                "",
                "Opens `/metrics` to Prometheus, which sends it as `Authorization: Bearer …`. Each process has numbers of its own.",
                otherwise="closed",
                secret=True,
            ),
            Setting(
                "TRACING",
                "choice",
                "",
                "Where traces of replies go, by OpenTelemetry (needs `requirements/tracing.txt`): any collector that takes OTLP over HTTP, "
                "LangSmith or Langfuse. They have models, tokens, cost, times, outcomes, and names of prompts; nothing that was said, "
                "unless `TRACING_CONTENT` is on.",
                otherwise="nowhere",
                choices=("otlp", "langsmith", "langfuse"),
            ),
            Setting(
                "TRACING_ENDPOINT",
                "address",
                "",
                "The service's address, without `/v1/traces`.",
                otherwise="LangSmith's and Langfuse's own, `http://localhost:4318` for `otlp`",
                example="https://cloud.langfuse.com",
                schemes=("http", "https"),
            ),
            Setting(
                "TRACING_KEY",
                "text",
                "",
                "LangSmith's key, Langfuse's public and secret key with a colon between them, or a collector's bearer token.",
                secret=True,
            ),
            Setting(
                "TRACING_CONTENT",
                "on or off",
                False,
                "Whether traces have what users and models say, too: prompts, messages and answers then leave this site, are read by all "
                "who may read traces at the service, and stay there when a conversation is deleted here.",
            ),
            Setting("TRACING_PROJECT", "text", "", "LangSmith's project.", otherwise="its default one"),
            Setting(
                "LOG_FORMAT",
                "choice",
                "line",
                "How log lines look; `json` has the ids of requests and replies. Neither has what people or models said, nor keys.",
                choices=("line", "json"),
            ),
        ),
    ),
    Group(
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
            ),
            Setting(
                "SOCKET_OPENINGS_PER_MINUTE",
                "whole number",
                600,
                "How many pages one address may open a minute in the long run, in each process; as many as it may have open at once. 0: "
                "without a limit.",
            ),
        ),
    ),
    Group(
        "Files",
        introduction="What users attach to their messages. The files are in `DATA_DIR/media`, or in a bucket of S3 or of a server that is "
        "compatible with it. That needs the packages of `requirements/s3.txt`, and takes its credentials from where AWS's own programs do, "
        "such as `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.",
        settings=(
            Setting("FILE_MAX_MB", "whole number", 25, "How many megabytes (of 1,048,576 bytes) a file may have: 1 to 1000."),
            Setting(
                "FILES_PER_MESSAGE", "whole number", 10, "How many files a message may hold: 0 to 100. 0 switches attaching files off."
            ),
            Setting("IMAGE_INPUT", "on or off", True, "Whether models are shown images, attached or made."),
            Setting("PICTURES", "on or off", True, "Whether users may have pictures made, where a model makes some."),
            Setting(
                "FILE_STORAGE_MB",
                "whole number",
                1000,
                "How many megabytes the files of one user may have together. 0: without a limit. Limits in the admin replace it.",
            ),
            Setting(
                "ORPHAN_FILE_HOURS",
                "whole number",
                24,
                "After how many hours files are deleted that no message holds, and uploads that were never finished.",
            ),
            Setting("FILES_S3_BUCKET", "text", "", "The bucket for files.", otherwise="the folder `media` in the data folder"),
            Setting(
                "FILES_S3_ENDPOINT",
                "address",
                "",
                "The address of a server that is compatible with S3.",
                otherwise="AWS",
                example="https://minio.example.org:9000",
                schemes=("http", "https"),
            ),
            Setting("FILES_S3_FOLDER", "text", "", "Where in the bucket: two sites must not share one place.", otherwise="at its top"),
            Setting(
                "VIRUS_SCANNER",
                "text",
                "",
                "A clamd that is asked about each file before it is taken: its host and port, or the path of its socket. While it doesn't "
                "answer, no file is taken. Its `StreamMaxLength` must not be below `FILE_MAX_MB`.",
                otherwise="files aren't scanned",
                example="clamav:3310",
            ),
            Setting(
                "OCR_LANGUAGES",
                "text",
                "",
                "In which languages text is recognised on scanned pages of PDF files, where tesseract is installed, by its names for them; "
                "`off` for none.",
                otherwise="all that tesseract has",
                example="eng+deu",
            ),
        ),
    ),
    Group(
        "Speech",
        introduction="The microphone in the composer is there where a model transcribes, and a model reads answers aloud where one speaks: "
        "one that is set up in the admin, or OpenAI's own. Without one, answers are read by the browser's own voices.",
        settings=(
            Setting("DICTATION", "on or off", True, "Whether users can dictate, and recordings that they attach are transcribed."),
            Setting(
                "TRANSCRIPTION_MODEL",
                "text",
                "",
                "The model that makes text of what users dictate and of recordings.",
                otherwise="the first that is set up and known to transcribe, `gpt-transcribe` with OpenAI itself",
            ),
            Setting("READ_ALOUD", "on or off", True, "Whether a model reads answers aloud. If off, the browser's own voices do."),
            Setting(
                "SPEECH_MODEL",
                "text",
                "",
                "The model that reads answers aloud.",
                otherwise="the first that is set up and known to speak, `gpt-4o-mini-tts` with OpenAI itself",
            ),
            Setting("SPEECH_VOICE", "text", "alloy", "Its voice, where a prompt names no other: a name that the provider knows."),
            Setting("SPEECH_SPEED", "number", 1.0, "How fast it speaks, where a prompt doesn't say: 0.25 to 4."),
            Setting("SPEECH_INSTRUCTIONS", "text", "", "How it speaks, in words, where a prompt doesn't say.", example="Speak calmly."),
            Setting("SPEECH_CACHE_MB", "whole number", 500, "How many megabytes of what was read aloud are kept, for all users together."),
            Setting("SPEECH_CACHE_DAYS", "whole number", 30, "How many days they are kept after they were last listened to."),
        ),
    ),
    Group(
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
    ),
    Group(
        "For development",
        settings=(Setting("DEBUG", "on or off", False, "Never on where others can reach the site: it shows the program's insides."),),
    ),
)

SETTINGS = {setting.name: setting for group in GROUPS for setting in group.settings}
