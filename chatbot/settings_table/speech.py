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
        Setting("SPEECH_SPEED", "number", 1.0, "How fast it speaks, where a prompt doesn't say.", least=0.25, most=4),
        Setting("SPEECH_INSTRUCTIONS", "text", "", "How it speaks, in words, where a prompt doesn't say.", example="Speak calmly."),
        Setting("SPEECH_TO_SPEECH", "on or off", True, "Whether users talk with a speech-to-speech model. If off, they talk by turns."),
        Setting(
            "REALTIME_MODEL",
            "text",
            "",
            "The speech-to-speech model that users talk with, through the provider's Realtime API.",
            otherwise="the first that is set up and known to be one, `gpt-realtime-2.1` with OpenAI itself",
        ),
        Setting("REALTIME_VOICE", "text", "", "Its voice, where a prompt names no other that it has.", otherwise="as the provider has it"),
        Setting("REALTIME_MINUTES", "whole number", 30, "How long a talk may last.", least=1),
        Setting("REALTIME_IDLE_SECONDS", "whole number", 180, "A talk ends where nothing was said for so long.", least=1),
        Setting("REALTIME_PER_USER", "whole number", 2, "How many talks a user may have at once in each process.", least=1),
        Setting("REALTIME_AT_ONCE", "whole number", 50, "How many talks there may be at once in each process.", least=1),
        Setting(
            "SPEECH_CACHE_MB", "whole number", 500, "How many megabytes of what was read aloud are kept, for all users together.", least=1
        ),
        Setting("SPEECH_CACHE_DAYS", "whole number", 30, "How many days they are kept after they were last listened to.", least=1),
    ),
)
