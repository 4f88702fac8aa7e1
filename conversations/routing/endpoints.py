from conversations.models import Provider
from conversations.providers.endpoint import PLACEHOLDER_KEY, Endpoint


def of(provider: Provider, secret: str, model: str) -> Endpoint:
    return Endpoint(provider.base_url, provider.api, secret or PLACEHOLDER_KEY, model, 32768)  # type: ignore[arg-type]
