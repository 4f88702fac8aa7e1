from django.conf import settings

from conversations.models import ApiKey, Origin, Provider


def secret_of(key: ApiKey, provider: Provider) -> str:
    return str(settings.OPENAI_API_KEY) if provider.origin == Origin.ENVIRONMENT else key.secret
