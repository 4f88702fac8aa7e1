"""Of a conversation that becomes a case, names, mail addresses and numbers are replaced, the same by the same."""

import time

import pytest

from conversations.evaluation.anonymising import Anonymiser


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ("Write to anna.smith+x@mail.example.org or Anna.Smith+x@mail.example.org.", "Write to [email 1] or [email 1]."),
        ("I am Anna Smith, and anna is here.", "I am [name 1] [name 2], and [name 1] is here."),
        ("Call +49 170 1234567 or (0170) 123-4567.", "Call [number 1] or [number 2]."),
        ("My IBAN is DE89 3704 0044 0532 0130 00.", "My IBAN is [number 1]."),
        ("Order 12345 of 2026 cost 19.99 for 3 days.", "Order [number 1] of 2026 cost 19.99 for 3 days."),
        ("My name is Bob Miller. Bob asks.", "My name is [name 1]. [name 2] asks."),
        ("Sehr geehrte Frau Schneider, ich heiße Jörg.", "Sehr geehrte Frau [name 1], ich heiße [name 2]."),
        ("Hi Team, how are you?", "Hi Team, how are you?"),
        ("The nanna of annabel sleeps.", "The nanna of annabel sleeps."),
    ],
)
def test_what_says_whose_it_is_goes(said: str, becomes: str) -> None:
    names = Anonymiser(["anna.s", "Anna", "Smith", ""])
    assert names.without(said) == becomes
    assert names.without(said) == becomes


def test_a_text_full_of_names_and_numbers_takes_no_minutes() -> None:
    many = " ".join(f"Dear Name{number}, call {1_000_000 + number}." for number in range(6000))
    begun = time.process_time()
    Anonymiser([]).without(many)
    assert time.process_time() - begun < 3
