"""Host names and origins as people write them, in the one form in which Django compares them."""

import re
from ipaddress import IPv4Address, IPv6Address

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_PORT = re.compile(r"[0-9]{0,5}")
_LAST_PORT = 65535
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Unreadable(ValueError):
    """What a setting must be instead; the words follow its name."""


def split(text: str) -> list[str]:
    """The entries of a list, whether commas, semicolons, spaces or lines are between them; quotes around them are left out."""
    return [entry for part in re.split(r"[\s,;]+", text) if (entry := part.strip("\"'"))]


def host(written: str) -> str:
    """A host name for ALLOWED_HOSTS: “https://Chat.example.org:8443/” is chat.example.org. Raises Unreadable."""
    if written == "*":
        return written
    _, _, rest = written.rpartition("://")
    return _without_port(rest, written)[0]


def origin(written: str) -> str:
    """An origin as browsers send it: “https://Chat.example.org:443/” is https://chat.example.org. Raises Unreadable."""
    scheme, separator, rest = written.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _DEFAULT_PORTS:
        raise Unreadable(f"addresses with http:// or https://, such as https://chat.example.org; “{written}” has neither")
    name, port = _without_port(rest, written)
    name = f"*{name}" if name.startswith(".") else name
    return f"{scheme}://{name}" + (f":{port}" if port and port != _DEFAULT_PORTS[scheme] else "")


def site(written: str) -> str:
    """The one origin under which a site is reached. Raises Unreadable."""
    try:
        address = origin(written.rstrip("/"))
    except Unreadable:
        address = ""
    if not address or "*" in address:
        raise Unreadable(
            "the address of this site, which is http:// or https:// and one host name, with a port if need be, and nothing behind it, "
            f"such as https://chat.example.org; “{written}” is none"
        )
    return address


def _without_port(rest: str, written: str) -> tuple[str, str]:
    """The name and the port of what follows the scheme. A leading dot, or “*.”, stands for all names below."""
    named, _, path = rest.lower().partition("/")
    bracketed = re.fullmatch(r"\[(.*)\](?::(.*))?", named)
    address, port = (bracketed[1], bracketed[2] or "") if bracketed else (named, "")
    if bracketed or named.count(":") > 1:
        try:
            name = f"[{IPv6Address(address).compressed}]" if "%" not in address else ""
        except ValueError:
            name = ""
    else:
        name, _, port = named.partition(":")
        name = (name[1:] if name.startswith("*.") else name).removesuffix(".")
    if not (name.startswith("[") or _is_name(name.removeprefix("."))) or not _is_port(port):
        hint = ", and letters beyond ASCII in the form that begins with xn--" if not name.isascii() else ""
        raise Unreadable(f"names such as chat.example.org, separated by commas{hint}; “{written}” is none")
    if path:
        hint = "names alone; the path of such an address goes into SITE_PATH" if "://" in written else "names, not networks or paths"
        raise Unreadable(f"{hint}: “{written}”")
    return name, port


def _is_name(name: str) -> bool:
    """Whether a host can have it; one that ends with a number must be an IPv4 address, as browsers have it."""
    if not _NAME.fullmatch(name):
        return False
    try:
        return not name.rpartition(".")[2].isdecimal() or bool(IPv4Address(name))
    except ValueError:
        return False


def _is_port(port: str) -> bool:
    """Also none."""
    return bool(_PORT.fullmatch(port)) and (not port or 0 < int(port) <= _LAST_PORT)
