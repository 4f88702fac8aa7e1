"""An OpenAI-compatible server that answers as scripted, with faults down to the TCP level.

In a test: `async with ScriptedOpenAI() as server: server.script(Text("Hello"), Finish())`, then talk to `server.base_url`.
From a thread: `with ScriptedOpenAI.in_thread() as server: …`. By hand: `python -m tests.support.scripted_openai --port 9000`.
What isn't scripted is answered with an echo of the request. A background response runs with or without readers.
"""

from .received import Request
from .script import (
    USAGE,
    Answer,
    Cites,
    DrawingBegins,
    DrawingEnds,
    Event,
    Finish,
    Gate,
    Hangup,
    Hold,
    Raw,
    Reasoning,
    Refusal,
    Reset,
    Stay,
    Step,
    Text,
    ToolArguments,
    ToolCall,
    Wait,
    failure,
    sound,
    transcript,
)
from .server import ScriptedOpenAI
from .wording import whole_answer

__all__ = [
    "USAGE",
    "Answer",
    "Cites",
    "DrawingBegins",
    "DrawingEnds",
    "Event",
    "Finish",
    "Gate",
    "Hangup",
    "Hold",
    "Raw",
    "Reasoning",
    "Refusal",
    "Request",
    "Reset",
    "ScriptedOpenAI",
    "Stay",
    "Step",
    "Text",
    "ToolArguments",
    "ToolCall",
    "Wait",
    "failure",
    "sound",
    "transcript",
    "whole_answer",
]
