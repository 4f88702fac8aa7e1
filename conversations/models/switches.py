"""What users can do beside writing, each of which is switched off by itself: for the site by a setting, or for one prompt in its form.

What joins gets a line in `SWITCHES`, asks `refusal` where it is asked for, and is shown as `off` says in the page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

if TYPE_CHECKING:
    from .prompts import SystemPrompt


class Switch(NamedTuple):
    name: str
    label: str
    is_on: Callable[[], bool]
    """For the site."""
    refusal: str
    """What users are told where it is off."""


SWITCHES = {
    switch.name: switch
    for switch in (
        Switch("files", "Files", lambda: settings.FILES_PER_MESSAGE > 0, "Files can’t be sent here."),
        Switch("images", "Images shown to the model", lambda: settings.IMAGE_INPUT, "Images can’t be sent here."),
        Switch("pictures", "Pictures that are made", lambda: settings.PICTURES, "Pictures can’t be made here."),
        Switch("dictation", "Dictation", lambda: settings.DICTATION, "Dictation is switched off here."),
        Switch("read_aloud", "Reading aloud by a model", lambda: settings.READ_ALOUD, "No model reads aloud here."),
        Switch("speech_to_speech", "Talking with a speech-to-speech model", lambda: settings.SPEECH_TO_SPEECH, "No model talks here."),
    )
}


def refusal(name: str, prompt: SystemPrompt | None = None) -> str:
    """Why it can't be done, on the site or with the prompt: a sentence; empty where it can."""
    switch = SWITCHES[name]
    return "" if switch.is_on() and (prompt is None or name not in prompt.switched_off) else switch.refusal


def off(prompt: SystemPrompt | None = None) -> list[str]:
    """The names of those that are off, on the site or with the prompt."""
    return [name for name in SWITCHES if refusal(name, prompt)]
