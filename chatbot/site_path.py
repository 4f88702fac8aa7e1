"""The path under which the site is reached, with Django and with the socket's routes."""

from collections.abc import Awaitable, Callable
from typing import Any

Application = Callable[[Any, Any, Any], Awaitable[None]]


def under(root: str, application: Application) -> Application:
    """The application under `root`, which has no slash at its end; empty is the host's own root.

    A proxy may pass the path on or leave it out, and monitors ask without it: the application is given it always. What a client says of it
    counts for nothing, though daphne would take the root from a header: links in mails are made of it.
    """

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        if "path" in scope:
            path = scope["path"]
            inside = path.removeprefix(root) if path == root or path.startswith(f"{root}/") else path
            scope = {**scope, "root_path": root, "path": f"{root}{inside or '/'}"}
        await application(scope, receive, send)

    return asked
