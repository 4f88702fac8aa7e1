"""What a model suggests as a title is cleaned or dropped; until then, and without it, the first words of the question stand there."""

import pytest

from conversations.commands.titles import first_words
from conversations.generation.title_text import cleaned, shares_a_script


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Moving averages", "Moving averages"),
        ('"Moving averages"', "Moving averages"),
        ("**Title:** Moving averages.", "Moving averages"),
        ("\n\n# Moving   averages\n", "Moving averages"),
        ("Moving averages\nare means over a window", ""),
        ("The person wrote about averages", ""),
        ("„Gleitende Mittel“", "Gleitende Mittel"),
        ("", ""),
        ("...", ""),
        ("I would be happy to help you with a title for this conversation, here it is", ""),
    ],
)
def test_what_the_model_says_becomes_a_title_or_nothing(said: str, title: str) -> None:
    assert cleaned(said) == title


@pytest.mark.parametrize(
    "said",
    [
        '{"title": "Moving averages"}',
        '```json\n{\n  "title": "Moving averages"\n}\n```',
        '{"emoji": "📈", "conversation_title": "Moving averages"}',
        'Sure! Here it is: {"title": "Moving averages."} I hope it helps.',
        "{'title': 'Moving averages'}",
        '["Moving averages", "Means over windows"]',
        "```\nMoving averages\n```",
        "<think>They ask about means.\n\nTitle: no</think>\n\nMoving averages",
        "They ask about means.</think>Moving averages",
        "<thinking>\nHm\n</thinking>\nMoving averages",
        "<title>Moving averages</title>",
        "Moving averages<|im_end|>",
        "Moving averages</s>",
        "Moving averages<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nThanks",
        "Moving averages<end_of_turn>\n<start_of_turn>user",
        "Moving averages<｜end▁of▁sentence｜>",
        "<s> Moving averages [/INST]",
        "<|im_start|>assistant\nMoving averages",
        "<|channel|>analysis<|message|>Which one?<|end|><|start|>assistant<|channel|>final<|message|>Moving averages<|return|>",
        "Title: “Moving averages”",
        "**Title: Moving averages**",
        "**Title**: Moving averages",
        "Ｔｉｔｌｅ：Moving averages",
        "Suggested title:\n\n**Moving averages**",
        "Here is a title for it:\nMoving averages",
        "# Chat title: *Moving averages*",
        "标题：Moving averages。",
        '"Moving averages',
        "- Moving averages",
        '{"title": "Title: Moving averages"}</s>',
    ],
)
def test_what_is_around_a_title_is_taken_off(said: str) -> None:
    assert cleaned(said) == "Moving averages"


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("标题：移动平均", "移动平均"),
        ("【标题】移动平均", "移动平均"),
        ("对话标题：《红楼梦》的人物。", "《红楼梦》的人物"),
        ("タイトル：「移動平均」", "移動平均"),
        ("제목: 이동 평균", "이동 평균"),
        ("Titre : Moyennes mobiles", "Moyennes mobiles"),
        ("Название: «Скользящие средние»", "Скользящие средние"),
        ("العنوان: المتوسطات المتحركة", "المتوسطات المتحركة"),
    ],
)
def test_labels_of_other_languages_are_known(said: str, title: str) -> None:
    assert cleaned(said) == title


@pytest.mark.parametrize(
    "title",
    [
        "Learning C#",
        "Python: list comprehensions",
        '"Hamlet" and revenge',
        "Slicing with [1:2] in Python",
        "What <b> does in HTML",
        "The <title> tag in HTML",
        "Using {braces} in JSON",
        "Students’ rights in the U.S.A",
        "Untitled: a film",
        "`len()` of a list",
        "Why 3 < 4",
        "Entitled heirs: who inherits",
    ],
)
def test_what_is_in_a_title_stays(title: str) -> None:
    assert cleaned(title) == title


@pytest.mark.parametrize("said", ["<think>never ends", '{"title": ""}', "{}", "[]", "Title:", "<|im_end|>", "标题：", '{"title": null}'])
def test_wrapping_without_a_title_is_none(said: str) -> None:
    assert cleaned(said) == ""


def test_a_title_is_in_the_script_of_the_conversation() -> None:
    assert shares_a_script("移动平均", "什么是移动平均？", "移动平均是…")
    assert shares_a_script("移動平均とは", "移動平均って何ですか", "")
    assert not shares_a_script("Moving averages", "什么是移动平均？", "移动平均是…")
    assert not shares_a_script("移动平均", "What is a moving average?", "A mean over a window.")
    assert shares_a_script("翻译一封信", "翻译: Dear Sir or Madam, I am writing to you", "尊敬的先生或女士，我写信给您")
    assert shares_a_script("Python 中的列表", "Python 列表推导式怎么写？", "用方括号")
    assert shares_a_script("2 + 2", "2 + 2 = ?", "4")


def test_first_words_are_cut_between_words() -> None:
    assert first_words("short\n question") == "short question"
    assert first_words("# Heading\n\n- **one** of `these`\n> quoted, 2 * 3") == "Heading one of these quoted, 2 3"
    assert first_words("***") == "***"
    long = first_words("word " * 40)
    assert long.endswith("word…")
    assert len(long) <= 61
    assert first_words("x" * 200) == "x" * 60 + "…"
