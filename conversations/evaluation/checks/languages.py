"""In which language a text is written, as far as its script and its commonest words tell. Pure.

No model is needed for what a case asks, which is whether an answer is in the language of its question. A text of a few words may be of any.
"""

from __future__ import annotations

import re
from collections import Counter

from .bounds import InvalidCheck

NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
_SCRIPTS = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af\u1100-\u11ff]"),
    "zh": re.compile("[\u4e00-\u9fff\u3400-\u4dbf]"),
    "cyrillic": re.compile("[\u0400-\u04ff]"),
    "el": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "latin": re.compile("[a-zA-Z\u00c0-\u024f]"),
}
_WORDS = {
    "cs": "a je to se na že v si ale jsem jako by jsou nebo pro který která může pokud také tak při až být bude není",
    "da": "og er det at en den til på med for ikke af har jeg som de du kan vil et der men hvad fra eller også være",
    "de": "und die der das ist nicht ein eine zu mit auf für sie ich von den dem sich auch es im wie oder aber wenn kann sind werden",
    "en": "the and is of to in that it you for on are with this not be can have or as was an your if from will which",
    "es": "el la de que y en los se por con una para es no un las del su más pero como si puede está son también",
    "fi": "ja on ei se että hän oli mutta kun niin myös voi tai jos ovat ole mitä kuin sen tämä joka voit",
    "fr": "le la les de et des est un une que pour dans qui pas vous ce il en du sur avec ne au plus par sont peut",
    "hu": "a az és hogy nem is egy van meg ez de ha csak mint vagy már lehet kell azt volt amely",
    "it": "il la di che e un una per non è in sono con del i le da si come ma della anche o più se può gli",
    "nl": "de het een en van is dat niet in op te zijn met voor je die er aan ook als maar om of bij kan wordt deze",
    "no": "og er det at en til på med for ikke av har jeg som de du kan vil et men hva fra eller også være ikke noe",
    "pl": "i w nie na się to jest że z do jak ale co o za tak są lub może być oraz dla przez czy jeśli który",
    "pt": "o a de que e do da em um uma para não com os no se por mais as dos como mas foi são também pode você ou",
    "ro": "și de în la cu nu este o un pe care să mai din sau pentru ca sunt dar dacă poate au fi",
    "sv": "och är det att en som på med för inte av har jag den de du kan till ett men vad från eller också om vara",
    "tr": "ve bir bu da için ile de ne çok olarak gibi daha var ama değil olan veya mi kadar sonra en her",
    "ru": "и в не на что с по это как но я а за то для или быть его если так вы можно также",
    "uk": "і в не на що з та це як але я за до для або бути його якщо так ви можна також у є",
    "bg": "и на да се за не от е с по че това са като но или ще си може към които",
}  # fmt: skip
_COMMON = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_CYRILLIC = ("ru", "uk", "bg")
_LETTERS = {"ru": "ыэё", "uk": "їєґ", "bg": ""}
_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
MAX_CHARACTERS = 20_000


def code_of(name: str) -> str:
    """Of a language's English name or code. Raises InvalidCheck."""
    wanted = name.strip().lower()
    for code, known in NAMES.items():
        if wanted in (code, known.lower()):
            return code
    raise InvalidCheck(f"Languages that can be told apart are {', '.join(NAMES.values())}.")


def told(text: str) -> str | None:
    """The code of its language; None where that can't be told. Code in Markdown's fences is in none."""
    text = _CODE.sub(" ", text[:MAX_CHARACTERS])
    scripts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    if scripts["ja"] * 10 >= scripts["zh"] and scripts["ja"]:  # Japanese has Chinese characters, too
        scripts["ja"] += scripts.pop("zh")
    script, letters = max(scripts.items(), key=lambda one: one[1])
    if not letters:
        return None
    if script not in ("latin", "cyrillic"):
        return script
    words = Counter(_WORD.findall(text.lower()))
    return _by_words(words, _CYRILLIC if script == "cyrillic" else tuple(code for code in _COMMON if code not in _CYRILLIC))


def _by_words(words: Counter[str], languages: tuple[str, ...]) -> str | None:
    found = {language: sum(number for word, number in words.items() if word in _COMMON[language]) for language in languages}
    for language in languages:
        found[language] += sum(number for word, number in words.items() if set(word) & set(_LETTERS.get(language, "")))
    best, second = sorted(found, key=lambda language: -found[language])[:2]
    return best if found[best] > found[second] else None
