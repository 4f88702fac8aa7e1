"""The fields by which OpenAI tells people and prefixes apart. Other servers refuse them."""

from django.utils.crypto import salted_hmac

from .request import Request

_LONGEST = 64


def identity(request: Request) -> dict[str, str]:
    """`safety_identifier`, a hash that means nothing without our secret key, and `prompt_cache_key`."""
    fields = {}
    if request.user:
        fields["safety_identifier"] = salted_hmac("conversations.providers.identity", request.user, algorithm="sha256").hexdigest()[
            :_LONGEST
        ]
    if request.cache_key:
        fields["prompt_cache_key"] = request.cache_key[:_LONGEST]
    return fields
