"""The fields by which OpenAI tells users and prefixes apart. Other servers refuse them."""

from django.utils.crypto import salted_hmac

from .request import Request

_LONGEST = 64


def identity(request: Request) -> dict[str, str]:
    """`safety_identifier`, a hash that means nothing without our secret key, and `prompt_cache_key`."""
    fields = {}
    if request.user:
        fields["safety_identifier"] = pseudonym(request.user)
    if request.cache_key:
        fields["prompt_cache_key"] = request.cache_key[:_LONGEST]
    return fields


def pseudonym(user: str) -> str:
    """A hash of the user's id: always the same on this site, and meaningless without our secret key."""
    return salted_hmac("conversations.providers.identity", user, algorithm="sha256").hexdigest()[:_LONGEST]
