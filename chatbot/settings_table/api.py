from .declaration import Group, Setting

GROUP = Group(
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
            "How many megabytes (of 1,048,576 bytes) a request may have that can bring images, recordings and files. All "
            "others have at most 2. A proxy in front must let as much through.",
            least=2,
            most=1000,
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
)
