"""What looks right in a text and is not."""

import pytest

from kpikit.answer import Check
from kpikit.tables.texts import plain, text_checks


def found(*values):
    return {check.name: check.sentence for check in text_checks("plan", values)}


def test_ordinary_names_say_nothing():
    names = ["Basic", "Plus", "Zürich", "Übersee", "東京", "Ελλάδα", "a b", "👩‍👩‍👧", "❤️", "tab\there", "line\nend", "C'est ça"]
    assert text_checks("plan", names) == []
    assert text_checks("plan", []) == []


def test_every_check_is_a_warning():
    (check,) = text_checks("plan", ["Pro", "pro"])
    assert check == Check("names that look alike", False, check.sentence)


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("Pro", "pro", "'Pro' and 'pro'"),
        ("Pro", "Pro ", "'Pro' and 'Pro '"),
        ("Pro", " Pro", "' Pro' and 'Pro'"),
        ("Pro  Max", "Pro Max", "'Pro  Max' and 'Pro Max'"),
        ("Pro", "Pro\u200b", "'Pro' and 'Pro<U+200B>'"),
        ("Pro Max", "Pro\u00a0Max", "'Pro Max' and 'Pro<U+00A0>Max'"),
        ("Zu\u0308rich", "Zürich", "'Zu\u0308rich' (not in normal form NFC) and 'Zürich'"),
        ("Straße", "STRASSE", "'STRASSE' and 'Straße'"),
    ],
)
def test_names_that_people_cannot_tell_apart_are_shown_as_they_differ(one, other, shown):
    assert plain(one) == plain(other)
    assert found(one, other, "Basic")["names that look alike"] == (
        f"In the segment 'plan' {shown} look alike and are counted apart: make them one in the data."
    )


def test_names_that_differ_by_an_accent_or_a_digit_are_two_names():
    assert found("Müller", "Muller", "plan 1", "plan 2", "O", "0") == {}


def test_more_than_six_groups_of_names_are_counted():
    sentence = found(*(name for letter in "abcdefgh" for name in (letter, letter.upper())))["names that look alike"]
    assert sentence.startswith("In the segment 'plan' 'A' and 'a', 'B' and 'b', ")
    assert sentence.endswith(" (and 2 more) look alike and are counted apart: make them one in the data.")


@pytest.mark.parametrize(
    ("city", "wrong"),
    [("Zürich", "latin-1"), ("Zürich", "cp1252"), ("naïve – ok", "cp1252"), ("東京", "latin-1"), ("München", "cp1252")],
)
def test_a_name_that_was_decoded_twice_is_told_with_what_it_was(city, wrong):
    twice = city.encode().decode(wrong)
    assert found(twice)["encoding"] == (
        f"In the segment 'plan' '{twice}' was perhaps '{city}': the text looks decoded twice (mojibake); check the encoding of the "
        "export."
    )


@pytest.mark.parametrize("name", ["Zürich", "São Paulo", "Škoda", "Ångström", "5 €", "“quoted”", "ß", "Ã"])
def test_a_name_with_accents_was_not_decoded_twice(name):
    assert "encoding" not in found(name)


@pytest.mark.parametrize("mark", ["\u200b", "\ufeff", "\u202e", "\x07", "\x1b", "\u2066", "\x7f", "\u00ad"])
def test_a_mark_that_nobody_sees_is_named_by_its_code(mark):
    assert found(f"Pro{mark}Max")["control characters"] == (
        f"The segment 'plan' holds control or invisible characters (U+{ord(mark):04X}), as in 'Pro<U+{ord(mark):04X}>Max'; reports show "
        "them spelt out or leave them away."
    )


def test_a_name_of_more_than_a_hundred_characters_is_long():
    assert found("x" * 100) == {}
    assert found("x" * 101, "y" * 250) == {
        "long names": "In the segment 'plan' 2 values are longer than 100 characters (the longest 250): charts cut them."
    }
    assert found("x" * 101)["long names"].startswith("In the segment 'plan' 1 value is longer")


def test_a_segment_that_may_be_the_sum_of_the_others_is_told():
    (told,) = text_checks("region", ["EU", "Total", "US"])
    assert (told.name, told.passed) == ("totals", False)
    assert told.sentence == (
        "'Total' of the segment 'region' may be the sum of the others, and would count them twice; leave it out with [[keep]] if it is."
    )
    assert text_checks("region", ["Total"]) == []
