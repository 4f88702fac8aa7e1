"""Text that a WebSocket is sent arrives whole, whatever its length, and not at all where the socket is closed."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from conversations.management.websockets import FlowingWebSocket


class Recorded(FlowingWebSocket):
    """Keeps what it would write."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.state = self.STATE_OPEN
        self.logFrames, self._perMessageCompress = False, None

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        self.written += data


@pytest.mark.parametrize("text", ["", "é", "a" * 125, "a" * 126, "ü" * 300, "a" * 65_535, "a" * 65_536, "😀" * 100_000], ids=len)
def test_a_text_is_one_frame(text: str) -> None:
    socket = Recorded()
    assert socket.send_text(text)
    reader = StreamReader()
    reader.feed_data(socket.written)
    parsing = Frame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    frame = parsed.value.value
    assert (frame.opcode, frame.fin, frame.data.decode()) == (Opcode.TEXT, True, text)
    assert not reader.buffer


def test_a_socket_whose_request_could_not_be_read_is_no_talk() -> None:
    """A server that stops asks each of its sockets."""
    assert not FlowingWebSocket().is_talk


def test_a_closed_socket_takes_none() -> None:
    socket = Recorded()
    socket.state = socket.STATE_CLOSED
    assert not socket.send_text("Too late")
    assert not socket.written
