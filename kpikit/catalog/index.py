"""Index: the heads of a catalogue by the words in them (SQLite's full-text search, in memory)."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rapidfuzz.fuzz import token_sort_ratio

from kpikit.catalog.heads import Head
from kpikit.catalog.spelling import alike, joined, lines_of, mended, words_of

#: what is searched, and how much a word in it says
COLUMNS = {"name": 10.0, "synonyms": 8.0, "question": 3.0, "definition": 1.0}
RANK = f"bm25(heads, {', '.join(map(str, COLUMNS.values()))})"
MARKED = ", ".join(f"highlight(heads, {number}, '[', ']')" for number in range(len(COLUMNS)))
#: what counts, of 100, where no name is the very one: how near a name is, how its words fit, how many others refer to it
NEARNESS, FITNESS, FAME = 0.45, 0.40, 0.14
RANKED_AGAIN = 50  # of the best by their words, compared with what was asked as a whole
SILENT = frozenset({
    "a", "an", "and", "are", "as", "at", "by", "do", "for", "from", "how", "in", "is", "it", "many", "much", "of", "on", "or",
    "our", "percent", "percentage", "that", "the", "their", "to", "we", "what", "who", "with",
})  # fmt: skip
MOST_WORDS = 50  # of a question, each once: what is longer is a text that somebody has pasted
SHORTEST_START = 3  # letters that a word must begin with to be found before it is written to its end


@dataclass(frozen=True)
class Understood:
    """A question's words as the catalogue writes them: what is searched, what was mended, and what nothing is near."""

    terms: tuple[str, ...] = ()
    mended: dict[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The words without the mark of those that are only begun."""
        return " ".join(self.terms).replace("*", "")


@dataclass(frozen=True)
class Match:
    """A head that was found: `score` from 0 to 100, the words that it shares by column, or the name that is the very one."""

    head: Head
    score: float
    words: dict[str, list[str]]
    name: str = ""


class Index:
    """Heads, and three ways to them: by a whole name, by their words, by words that are nearly theirs."""

    def __init__(self, heads: Sequence[Head]) -> None:
        self.heads = heads
        texts = [lines_of([head.name, *head.synonyms, head.question, head.definition]) for head in heads]
        self._names = [lines[:-2] for lines in texts]
        self._named: dict[str, list[tuple[int, str]]] = {}
        for number, (head, lines) in enumerate(zip(heads, self._names, strict=True)):
            for name, line in ((head.id, head.id.replace("_", "")), *zip((head.name, *head.synonyms), lines, strict=True)):
                self._named.setdefault(line.replace(" ", ""), []).append((number, name))
        named = [line.split() for lines in self._names for line in lines]
        self._pairs = {a + b: f"{a} {b}" for words in named for a, b in pairwise(words)}
        self._spoken = list(dict.fromkeys(word for words in named for word in words))
        self._words = dict.fromkeys([*self._spoken, *(word for lines in texts for line in lines[-2:] for word in line.split())])
        self._known = [*self._words, *self._pairs]
        self._told = Counter(other for head in heads for other in {*head.related, *head.impact})
        self._most_told = max(self._told.values(), default=1)
        self._database = _database((lines[0], " | ".join(lines[1:-2]), *lines[-2:]) for lines in texts)

    def understood(self, text: str) -> Understood:
        """The words of a text as the catalogue writes them."""
        terms: list[str] = []
        changed: dict[str, str] = {}
        unknown = []
        for word in self._put_together(list(dict.fromkeys(words_of(text)))[:MOST_WORDS]):
            meant = self._meant(word)
            if meant is None:
                unknown.append(word)
            elif meant.rstrip("*") != word:
                changed[word] = meant
            terms += (meant or "").split()
        return Understood(tuple(terms), changed, tuple(unknown))

    def find(self, understood: Understood, allowed: Container[int], most: int) -> tuple[list[Match], int]:
        """The best of the allowed heads that hold any of the words, and how many there are in all.

        A whole name comes first, then names that are near and words that are rare.
        """
        telling = [term for term in understood.terms if term not in SILENT] or understood.terms
        asked = " OR ".join(_quoted(term) for term in telling)
        sql = f"SELECT rowid, -{RANK} FROM heads WHERE heads MATCH ? ORDER BY 2 DESC, 1"
        rows = [row for row in self._database.execute(sql, [asked]) if row[0] in allowed] if asked else []
        whole = {number: name for number, name in self._named.get(joined(understood.text), ()) if number in allowed}
        looked_at = sorted(rows, key=lambda row: row[0] not in whole)[: max(most, RANKED_AGAIN)]
        scored = [(self._score(row, rows[0][1], whole, understood.text), row[0]) for row in looked_at]
        best = sorted(scored, key=lambda each: (-each[0], self.heads[each[1]].name))[:most]
        found = [Match(self.heads[number], score, self._shared(number, asked), whole.get(number, "")) for score, number in best]
        return found, len(rows)

    def near(self, text: str) -> tuple[str, ...]:
        """The words of names and synonyms that look the most like a text, where none is near enough to be taken for it."""
        return tuple(alike(text, self._spoken)) if words_of(text) else ()

    def _score(self, row: tuple[int, float], best: float, whole: Container[int], text: str) -> float:
        """100 for a whole name; else half for how near one of its names is, half for its words beside those of the best."""
        number, fit = row
        if number in whole:
            return 100.0
        near = max(token_sort_ratio(text, name) for name in self._names[number])
        told = self._told[self.heads[number].id] / self._most_told
        return float(NEARNESS * near + 100 * (FITNESS * fit / best + FAME * told))

    def _shared(self, number: int, asked: str) -> dict[str, list[str]]:
        """The words that were found, each in the column where it says most."""
        sql = f"SELECT {MARKED} FROM heads WHERE heads MATCH ? AND rowid = ?"
        texts = self._database.execute(sql, [asked, number]).fetchone()
        seen: dict[str, str] = {}
        for column, text in zip(COLUMNS, texts, strict=True):
            for word in re.findall(r"\[(.*?)\]", text):
                seen.setdefault(word, column)
        return {column: [word for word, where in seen.items() if where == column] for column in dict.fromkeys(seen.values())}

    def _put_together(self, words: list[str]) -> list[str]:
        """Words with those put together that the catalogue writes as one: "up sell" is "upsell"."""
        whole: list[str] = []
        for word in words:
            if whole and whole[-1] + word in self._words:
                whole[-1] += word
            else:
                whole.append(word)
        return whole

    def _meant(self, word: str) -> str | None:
        """The word, or the two words, of the catalogue; a star after one that is only begun; None where nothing is near."""
        if self._has(f'"{word}"'):
            return word
        if word in self._pairs:
            return self._pairs[word]
        if len(word) >= SHORTEST_START and self._has(f'"{word}" *'):
            return f"{word}*"
        near = mended(word, self._known)
        return self._pairs.get(near, near) if near and near not in self._words else near

    def _has(self, asked: str) -> bool:
        return self._database.execute("SELECT 1 FROM heads WHERE heads MATCH ? LIMIT 1", [asked]).fetchone() is not None


def _quoted(term: str) -> str:
    """A term as the search takes it: in quotes, so that no word of it is a command."""
    return f'"{term[:-1]}" *' if term.endswith("*") else f'"{term}"'


def _database(rows: Iterable[tuple[str, ...]]) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.execute(f"CREATE VIRTUAL TABLE heads USING fts5({', '.join(COLUMNS)}, tokenize = 'porter unicode61')")
    database.executemany(
        f"INSERT INTO heads(rowid, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?)", ((n, *row) for n, row in enumerate(rows))
    )
    return database
