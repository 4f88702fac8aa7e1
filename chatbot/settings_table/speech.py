from .declaration import Group, Setting

GROUP = Group(
    "Speech",
    introduction="The microphone in the composer is there where a model transcribes, and a model reads answers aloud where one speaks: "
    "one that is set up in the admin, or OpenAI's own. Without one, answers are read by the browser's own voices.",
    settings=(
        Setting("DICTATION", "on or off", True, "Whether users can dictate, and recordings that they attach are transcribed."),
        Setting(
            "TRANSCRIPTION_MODEL",
            "text",
            "",
            "The model that makes text of what users dictate and of recordings.",
            otherwise="the first that is set up and known to transcribe, `gpt-transcribe` with OpenAI itself",
        ),
        Setting("READ_ALOUD", "on or off", True, "Whether a model reads answers aloud. If off, the browser's own voices do."),
        Setting(
            "SPEECH_MODEL",
            "text",
            "",
            "The model that reads answers aloud.",
            otherwise="the first that is set up and known to speak, `gpt-4o-mini-tts` with OpenAI itself",
        ),
        Setting("SPEECH_VOICE", "text", "alloy", "Its voice, where a prompt names no other: a name that the provider knows."),
        Setting("SPEECH_SPEED", "number", 1.0, "How fast it speaks, where a prompt doesn't say: 0.25 to 4."),
        Setting("SPEECH_INSTRUCTIONS", "text", "", "How it speaks, in words, where a prompt doesn't say.", example="Speak calmly."),
        Setting("SPEECH_CACHE_MB", "whole number", 500, "How many megabytes of what was read aloud are kept, for all users together."),
        Setting("SPEECH_CACHE_DAYS", "whole number", 30, "How many days they are kept after they were last listened to."),
    ),
)
