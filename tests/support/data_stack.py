"""Where Python keeps the frames of functions: its data stack, in chunks of 16 KiB.

Up to 3.14 a call that crosses the end of a chunk maps memory for the next one, and its return gives it back (CPython's issue 142183). Tests
call pages and libraries from so deep that what these do in loops crosses it thousands of times each: up to a twentieth of their time.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def with_room(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call it in a chunk of 1 MiB, of which half is left for what it calls: some thousand frames. Only what is used takes memory."""
    return function(*args, **kwargs)


# A frame that needs more than half a mebibyte, in pointers and less than the thousand that Python adds, gets the next power of two.
with_room.__code__ = with_room.__code__.replace(co_stacksize=2**16 - 900)
