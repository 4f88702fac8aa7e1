from .declaration import Group, Setting

GROUP = Group(
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
            "How many seconds it is waited for until the answer begins, at most 3600 as well; five times as long where the prompt asks for "
            "reasoning.",
        ),
        Setting(
            "OPENAI_NEXT_TOKEN_SECONDS",
            "number",
            60.0,
            "How many seconds it is waited for between the words of an answer, at most 3600 as well.",
        ),
        Setting(
            "RETRY_SECONDS",
            "number",
            180.0,
            "For how many seconds an answer whose provider fails is asked for again, or of another provider: after its beginning, and "
            "again after each time that it broke off in the middle.",
        ),
    ),
)
