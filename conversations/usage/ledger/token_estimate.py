"""How many tokens something will have taken, where no provider has counted: rough, and without any model's vocabulary."""

from .prices import Tokens

CHARACTERS_PER_TOKEN = 4
BYTES_PER_TOKEN = 4
TOKENS_PER_MESSAGE = 3
"""What the message around a text takes."""


def tokens_written(characters: int) -> int:
    """Tokens of an answer of so many characters, rounded up."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def of_attempt(prompt_tokens: int | None, characters: int) -> Tokens:
    """What an attempt took whose usage never came."""
    return Tokens(prompt_tokens, None, tokens_written(characters), None)


def tokens_read(text: str) -> int:
    """Tokens of a message with this text: by bytes, for scripts that take more of them a character take more tokens, too."""
    return len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN + TOKENS_PER_MESSAGE
