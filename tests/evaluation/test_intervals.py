"""Intervals of shares and of their differences are those that Newcombe printed in his two papers of 1998; those of medians are those of
the example that Bonett's package statpsych documents for `ci.ratio.median2`.
"""

import pytest

from conversations.evaluation.intervals import EXACT_UP_TO, Ranked, Share, in_words, of_difference, of_ratio, of_share


@pytest.mark.parametrize(
    ("passed", "number", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_of_a_share(passed: int, number: int, low: float, high: float) -> None:
    """Table I of the first paper, method 3."""
    assert of_share(Share(passed, number)) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("new", "old", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_of_a_difference(new: tuple[int, int], old: tuple[int, int], low: float, high: float) -> None:
    """Table II of the second paper, method 10."""
    assert of_difference(Share(*new), Share(*old)) == pytest.approx((low, high), abs=5e-5)


def test_in_words() -> None:
    assert in_words(Share(9, 10), Share(3, 10)) == "better, by 17 to 81 points"
    assert in_words(Share(3, 10), Share(9, 10)) == "worse, by 17 to 81 points"
    assert in_words(Share(9, 10), Share(8, 10)) == "not enough data to tell them apart"
    assert in_words(Share(0, 0), Share(8, 10)) == "nothing to compare"
    assert of_share(Share(0, 0)) == (0, 1)
    assert of_difference(Share(0, 0), Share(1, 1)) == (-1, 1)


def ranked(values: list[float]) -> Ranked:
    found = sorted(values)
    return Ranked(len(found), lambda rank: found[rank - 1])


def test_of_two_medians() -> None:
    new, old = ranked([36, 44, 47, 42, 49, 39, 46, 31, 33, 48]), ranked([32, 39, 26, 35, 43, 27, 40, 37, 34, 29, 49, 42, 40])
    assert (new.median, old.median) == (43, 37)
    assert of_ratio(new, old) == pytest.approx((0.927667, 1.455933), abs=5e-7)
    assert of_ratio(ranked([1, 2, 3, 4]), old) is None


def test_of_two_medians_of_many_values() -> None:
    """From where binomial coefficients aren't added up any more it goes on without a step."""
    widths = []
    for number in (EXACT_UP_TO, EXACT_UP_TO + 1):
        many = ranked([1 + rank / number for rank in range(number)])
        low, high = of_ratio(many, many) or (0, 0)
        assert low < 1 < high
        widths.append(high - low)
    assert widths[0] == pytest.approx(widths[1], rel=0.02)
