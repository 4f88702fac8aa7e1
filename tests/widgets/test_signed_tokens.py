"""Tokens of a host's users are taken exactly as they are meant, and not otherwise."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from conversations.widgets import signed_tokens
from conversations.widgets.signed_tokens import Claims, Refused
from tests.support.serving import ROOT

SECRET, KEY, NOW = "correct-horse-battery-staple", "widget-key", 1_800_000_000.0
GOOD = {"sub": "customer-7", "name": "Ada", "aud": KEY, "exp": NOW + 600}


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(claims: Any = None, header: Any = None, secret: str = SECRET, **changed: Any) -> str:
    """As RFC 7519 has it, made by other code than ours."""
    payload = {name: value for name, value in {**GOOD, **(claims or {}), **changed}.items() if value is not ...}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header or {"alg": "HS256", "typ": "JWT"}, payload))
    return f"{signed}.{encoded(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def test_a_good_one_names_its_user() -> None:
    assert signed_tokens.read(token(), SECRET, KEY, NOW) == Claims("customer-7", "Ada")
    assert signed_tokens.read(token(aud=["other", KEY], name=...), SECRET, KEY, NOW) == Claims("customer-7", "")
    ours = signed_tokens.sign(Claims("preview", "admin"), SECRET, KEY, NOW)
    assert signed_tokens.read(ours, SECRET, KEY, NOW) == Claims("preview", "admin")


def test_one_of_the_standard_is_read() -> None:
    """RFC 7515, appendix A.1, with its own key: the signature is right, and its claims are not ours."""
    key = base64.urlsafe_b64decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==")
    theirs = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    signed, _, signature = theirs.rpartition(".")
    assert encoded(hmac.digest(key, signed.encode(), "sha256")) == signature
    with pytest.raises(Refused, match="another secret"):
        signed_tokens.read(theirs, SECRET, KEY, NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        token(secret="another"),
        token(header={"alg": "none", "typ": "JWT"}).rpartition(".")[0] + ".",
        token(header={"alg": "none", "typ": "JWT"}),
        token(header={"alg": "HS512", "typ": "JWT"}),
        token(header={"alg": "hs256", "typ": "JWT"}),
        token(header={"alg": "HS256", "typ": "JWT", "crit": ["exp"]}),
        token(header={"alg": "HS256", "typ": "JWE"}),
        token(header=["HS256"]),
        token(exp=...),
        token(exp=NOW - 61),
        token(exp=NOW + 3661),
        token(exp=float("nan")),
        token(exp=True),
        token(exp=str(NOW + 600)),
        token(nbf=NOW + 61),
        token(iat=NOW + 61),
        token(aud=...),
        token(aud="another-key"),
        token(aud=[]),
        token(aud=None),
        token(sub=...),
        token(sub=""),
        token(sub=7),
        token(sub="x" * 256),
        token(sub="a\x00b"),
        token(name=["Ada"]),
        token(name="x" * 5000),
        token() + "=",
        token() + ".x",
        token().replace(".", ". ", 1),
        token()[:-2],
        "..",
        "",
    ],
)
def test_every_other_is_refused(wrong: str) -> None:
    with pytest.raises(Refused):
        signed_tokens.read(wrong, SECRET, KEY, NOW)


def test_the_code_that_is_told_to_hosts_makes_good_ones() -> None:
    code = (ROOT / "docs" / "widget.md").read_text().partition("```python\n")[2].partition("```")[0]
    told: dict[str, Any] = {}
    exec(code, told)
    assert signed_tokens.read(told["token"](SECRET, KEY, "customer-7"), SECRET, KEY) == Claims("customer-7", "")
