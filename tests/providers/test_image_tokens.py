"""Images are counted as the providers' documentation counts them."""

import pytest

from conversations.providers.image_tokens import estimated


@pytest.mark.parametrize(
    ("model", "width", "height", "tokens"),
    [
        ("gpt-4o", 1024, 1024, 765),  # as in OpenAI's examples
        ("gpt-4o-2024-11-20", 2048, 4096, 1105),
        ("gpt-4.1", 512, 512, 255),
        ("gpt-4o-mini", 512, 512, 8500),
        ("openai/gpt-5", 1024, 1024, 630),
        ("gpt-5-mini", 1024, 1024, 1659),
        ("gpt-5.4-mini", 2048, 2048, 2489),
        ("gpt-4.1-nano", 1024, 1024, 2520),
        ("o4-mini-2025-04-16", 1024, 1024, 1762),
        ("o3", 1024, 1024, 675),
        ("gpt-5.4", 2048, 2048, 4096),
        ("claude-sonnet-4-5-20250929", 1000, 1000, 1334),  # as in Anthropic's
        ("claude-sonnet-4-20250514", 2048, 2048, 1600),
        ("anthropic/claude-opus-4-7", 2048, 2048, 4784),
        ("claude-opus-4.8", 1000, 1000, 1334),
        ("claude-3-5-sonnet-20241022", 2048, 2048, 1600),
        ("claude-3-7-sonnet-latest", 2048, 2048, 1600),
        ("gemini-2.5-flash", 300, 384, 258),  # as in Google's
        ("google/gemini-2.0-flash", 960, 540, 516),
        ("gemini-3-pro-preview", 300, 300, 1120),
        ("gemini-3.5-flash", 2048, 2048, 1120),
        ("Qwen/Qwen2.5-VL-7B-Instruct", 280, 560, 202),
        ("qwen3-vl:8b", 2048, 2048, 4098),
        ("gpt-3.5-turbo", 10, 10, None),
        ("the-model", 10, 10, None),
    ],
)
def test_tokens_of_an_image(model: str, width: int, height: int, tokens: int | None) -> None:
    assert estimated(model, width, height) == tokens
