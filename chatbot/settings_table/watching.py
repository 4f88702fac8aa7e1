from .declaration import Group, Setting

GROUP = Group(
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
            "LangSmith, Langfuse or Helicone. They have models, tokens, cost, times, outcomes, and names of prompts; nothing that was "
            "said, unless `TRACING_CONTENT` is on.",
            otherwise="nowhere",
            choices=("otlp", "langsmith", "langfuse", "helicone"),
        ),
        Setting(
            "TRACING_ENDPOINT",
            "address",
            "",
            "The service's address, without `/v1/traces`.",
            otherwise="that of LangSmith, Langfuse or Helicone themselves, `http://localhost:4318` for `otlp`",
            example="https://cloud.langfuse.com",
            schemes=("http", "https"),
        ),
        Setting(
            "TRACING_KEY",
            "text",
            "",
            "LangSmith's or Helicone's key, Langfuse's public and secret key with a colon between them, or a collector's bearer token.",
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
)
