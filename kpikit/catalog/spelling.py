"""Words as a search compares them: one spelling of each, and the known word that a mistyped one was meant to be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract, extractOne

NEAR = 0.7  # how much of a word must be left: one wrong, missing or swapped letter in four, two in seven
SHORTEST = 4  # letters of a word that is mended: in shorter ones any letter may be meant
#: British endings -> American ones; that "rise" becomes "rize" does no harm, as both sides are written so
AMERICAN = (
    (r"is(e|ed|es|er|ers|ing|ation|ations)\b", r"iz\1"), (r"ys(e|ed|es|er|ers|ing)\b", r"yz\1"),
    (r"our(s|ed|ing|al|able)?\b", r"or\1"),
    (r"ogue(s?)\b", r"og\1"), (r"\bprogramme", "program"), (r"ll(ed|ing|er|ers|ation)\b", r"l\1"), (r"fulfill?", "fulfil"),
)  # fmt: skip


def words_of(text: str) -> list[str]:
    """The words of a text in one spelling: small letters, no accents, American, hyphens and slashes taken for spaces.

    >>> words_of("Cross-sell programmes; DAU/MAU")
    ['cross', 'sell', 'programs', 'dau', 'mau']
    """
    return re.findall(r"[a-z0-9]+", _american(text))


def lines_of(texts: Iterable[str]) -> list[str]:
    """The words of each text, with one space between them: words_of for many texts at once."""
    whole = _american("\n".join(" ".join(text.split()) for text in texts))
    return [" ".join(re.findall(r"[a-z0-9]+", line)) for line in whole.split("\n")]


def _american(text: str) -> str:
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = plain.lower().replace("'s", "")
    for british, american in AMERICAN:
        plain = re.sub(british, american, plain)
    return plain


def joined(text: str) -> str:
    """A name without what people write differently: "Cross-sell rate" and "crosssell rate" are the same.

    >>> joined("Cross-sell rate") == joined("cross_sell_rate") == joined("CrossSell Rate")
    True
    """
    return "".join(words_of(text))


def mended(word: str, known: Sequence[str]) -> str | None:
    """The known word that was meant; None where none is near. A known word that begins so comes first.

    >>> mended("chrun", ["churn", "chance"]), mended("xyzzy", ["churn"])
    ('churn', None)
    """
    if len(word) < SHORTEST:
        return None
    found = extractOne(word, known, scorer=OSA.normalized_similarity, score_cutoff=NEAR)
    return found[0] if found else None


def alike(text: str, known: Sequence[str], most: int = 3) -> list[str]:
    """The known words that look the most like a text.

    >>> alike("chimney", ["seat", "churn"], 1)
    ['churn']
    """
    return [word for word, _, _ in extract("".join(words_of(text)), known, scorer=OSA.normalized_similarity, limit=most)]
