"""The catalogue's prose: no sentence twice, no attribute that is another KPI's with the names exchanged, none too short.

`python tests/test_filler.py` lists what lies nearest the limits.
"""

import re
from collections import Counter, defaultdict
from functools import cache
from itertools import chain, combinations

import pytest

from kpikit.catalog import kpi_ids, load_kpi
from kpikit.kpi import ATTRIBUTES

load = cache(load_kpi)
SENTENCE = 8  # words from which on a sentence may stand only once
SHINGLE = 5  # words in a row
SHARED = 0.1  # of the shorter attribute's shingles: more, and one was written from the other
ALIKE = 0.4  # of two sentences' pairs of words, of all that either has
PROSE = ("definition", "business_insights", "measurement_approach", "standard_formula", "trend_analysis")
LEAST_WORDS = {
    **dict.fromkeys(PROSE, 50), "diagnostic_questions": 70, "actionable_tips": 80, "visualization_suggestions": 55,
    "risk_warnings": 80, "tools_and_technologies": 55, "integration_points": 55, "change_impact": 40,
}  # fmt: skip
NAME = "§"


def texts(attribute):
    if isinstance(attribute, str):
        return [attribute]
    return list(attribute.values()) if isinstance(attribute, dict) else list(attribute)


def blanked(kpi_id, text):
    """The words of a text, the KPI's own name and synonyms taken for one and the same word."""
    kpi = load(kpi_id)
    plain = " ".join(re.findall(r"[a-z0-9']+", text.lower()))
    for name in sorted((kpi.name, kpi.id.replace("_", " "), *kpi.synonyms), key=len, reverse=True):
        plain = re.sub(rf"\b{' '.join(re.findall(r'[a-z0-9]+', name.lower()))}s?\b", NAME, plain)
    return plain.split()


def sentences(text):
    return re.split(r"(?<=[.!?])\s+", text)


@cache
def told():
    """Every sentence of the catalogue with its KPI and its words."""
    return [
        (kpi_id, sentence, blanked(kpi_id, sentence))
        for kpi_id in kpi_ids()
        for attribute in load(kpi_id).attributes.values()
        for text in texts(attribute)
        for sentence in sentences(text)
    ]


def shingles(words, size):
    return {tuple(words[start : start + size]) for start in range(len(words) - size + 1)}


def pairs_that_share(parts):
    """For each pair of keys the number of elements that both sets hold, without looking at pairs that share none."""
    holders = defaultdict(list)
    for key, elements in parts.items():
        for element in elements:
            holders[element].append(key)
    return Counter(chain.from_iterable(combinations(keys, 2) for keys in holders.values() if len(keys) < 60))


def shared(attribute):
    """(share, one KPI, another), the most alike first: shingles that both have, of the shorter one's."""
    parts = {
        kpi_id: set().union(*(shingles(blanked(kpi_id, text), SHINGLE) for text in texts(load(kpi_id).attributes[attribute])))
        for kpi_id in kpi_ids()
    }
    both = pairs_that_share(parts)
    return sorted(((count / min(len(parts[a]), len(parts[b])), a, b) for (a, b), count in both.items()), reverse=True)


def alike():
    """(likeness, one sentence, another) of different KPIs, the most alike first."""
    long = {number: shingles(words, 2) for number, (_, _, words) in enumerate(told()) if len(words) >= SENTENCE}
    both = pairs_that_share(long)
    others = ((a, b, count) for (a, b), count in both.items() if count >= 4 and told()[a][0] != told()[b][0])
    found = ((count / len(long[a] | long[b]), told()[a][:2], told()[b][:2]) for a, b, count in others)
    return sorted(found, reverse=True)


def test_no_sentence_stands_twice_in_the_catalogue():
    long = Counter(" ".join(words) for _, _, words in told() if len(words) >= SENTENCE)
    twice = {words for words, times in long.items() if times > 1}
    assert [(kpi_id, sentence) for kpi_id, sentence, words in told() if " ".join(words) in twice] == []


def test_no_sentence_is_another_with_a_few_words_exchanged():
    assert [found for found in alike() if found[0] > ALIKE] == []


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_no_two_kpis_share_an_attribute(attribute):
    assert [found for found in shared(attribute) if found[0] > SHARED] == []


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_each_attribute_has_the_length_that_a_professional_would_give_it(attribute):
    lengths = {kpi_id: sum(len(text.split()) for text in texts(load(kpi_id).attributes[attribute])) for kpi_id in kpi_ids()}
    assert {kpi_id: length for kpi_id, length in lengths.items() if length < LEAST_WORDS[attribute]} == {}


def test_filler_would_be_seen():
    once = "Ask a random sample of subscribers why they stayed on the plan they had before."
    again = "Ask a random sample of customers why they stayed on the plan they had before."
    one, other = (shingles(blanked("upgrade_rate", text), 2) for text in (once, again))
    assert len(one & other) / len(one | other) > ALIKE
    named = [
        blanked("upgrade_rate", "The plan upgrade rate rises."),
        blanked("upsell_ratio", f"The {load('upsell_ratio').name} rises."),
    ]
    assert named[0] == named[1] == ["the", NAME, "rises"]


if __name__ == "__main__":
    for name in ATTRIBUTES:
        print(name, *(f"{share:.2f} {a} {b}" for share, a, b in shared(name)[:3]), sep="\n  ")
    for likeness, one, other in alike()[:12]:
        print(f"{likeness:.2f}", *one, *other, sep="\n  ")
