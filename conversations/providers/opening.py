"""Opens the stream of an answer, new or begun before."""

from .background_stream import BackgroundStream
from .endpoint import Endpoint
from .picture_stream import PictureStream
from .position import Position
from .request import Request
from .streams import Stream


def open_stream(endpoint: Endpoint, request: Request, resume_at: Position | None = None) -> Stream:
    """The answer to `request`, to be entered and iterated over. Entering it sends the request; it raises ProviderError.

    With `resume_at`, the position of another stream, the answer that was begun there is taken up, and only what comes after is yielded.
    """
    if request.wish is not None:
        return PictureStream(endpoint, request)
    if resume_at is not None or (endpoint.resume == "background" and endpoint.api == "responses"):
        return BackgroundStream(endpoint, request, resume_at)
    return Stream(endpoint, request)
