"""Which endpoint answers now."""

from . import embedded, model_list
from .endpoint import Endpoint, Resume, configured


async def endpoint() -> Endpoint:
    """The endpoint to use now, its model known: the configured one, or the embedded model's. Raises ProviderError."""
    chosen = configured()
    if chosen is None:
        return await embedded.ready()
    return chosen if chosen.model else await model_list.with_first_model(chosen)


def resume() -> Resume:
    """How the endpoint that answers now lets an answer go on that broke off."""
    chosen = configured()
    return "prefix" if chosen is None else chosen.resume
