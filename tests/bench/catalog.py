"""What a large catalogue costs: 2,000 and 20,000 generated definitions, of the size of the real ones, loaded and searched.

    python tests/bench/catalog.py

Words are drawn from 30,000 made-up ones, so that names differ as much as they would. Figures: seconds to list and read the
heads and to make the index; milliseconds of a search, the median and the slowest of 60.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from kpikit.catalog.folders import KPIS, kpi_ids
from kpikit.catalog.heads import read_heads
from kpikit.catalog.index import Index
from kpikit.catalog.loading import load_kpi
from kpikit.catalog.searching import search

SIZES = (2_000, 20_000)
SYLLABLES = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "or", "in")]


def made_up(draw: random.Random, number: int) -> list[str]:
    """So many different words of two to four syllables."""
    words: set[str] = set()
    while len(words) < number:
        words.add("".join(draw.choices(SYLLABLES, k=draw.choice((2, 3, 3, 4)))))
    return sorted(words)


def definitions(number: int, seed: int = 20250701) -> Iterator[tuple[str, str]]:
    """An id and a definition: the package's own files with every text replaced by as many made-up words."""
    draw = random.Random(seed)
    words = made_up(draw, 30_000)
    model = max(KPIS.glob("*.toml"), key=lambda path: path.stat().st_size).read_text(encoding="utf-8")
    attributes = model[model.index("business_insights") : model.index("[attributes.change_impact]")]
    for n in range(number):
        name = draw.sample(words, 3)
        kpi_id = "_".join([*name, str(n)])
        defined = f'[attributes]\ndefinition = "{said(draw, words, 25)} {said(draw, words, 30)}"\n'
        impact = f'[attributes.change_impact]\nupgrade_rate = "{said(draw, words, 20)}"\n'
        yield kpi_id, top(draw, words, kpi_id, name) + defined + attributes + impact


def said(draw: random.Random, words: list[str], number: int) -> str:
    """A sentence of so many words."""
    return f"{' '.join(draw.choices(words, k=number)).capitalize()}."


def top(draw: random.Random, words: list[str], kpi_id: str, name: list[str]) -> str:
    """All but the attributes."""
    synonyms = [" ".join(draw.sample(words, 2)) for _ in range(4)]
    return f"""\
id = "{kpi_id}"
name = "{" ".join(name).title()}"
question = "{said(draw, words, 12)[:-1]}?"
better = "higher"
unit = "percent"
cadence = "month"
cadence_source = "{said(draw, words, 8)}"
functions = ["sales", "{draw.choice(["finance", "marketing"])}"]
industries = ["retail", "SaaS"]
synonyms = {synonyms!r}
related = []
[[variant]]
id = "all"
name = "{said(draw, words, 4)}"
definition = "{said(draw, words, 40)}"
formula = "{said(draw, words, 8)}"
source = "made up"
kind = "share"
counts = "flow"
numerator = "{said(draw, words, 2)}"
denominator = "{said(draw, words, 2)}"
note = "{said(draw, words, 40)}"
[variant.example]
numerator = 1
denominator = 10
value = 0.1
source = "made up"
"""


def queries(folder: Path, number: int) -> list[str]:
    """Names of the catalogue: as they are, with two letters swapped, one word of one, two words in the other order."""
    draw = random.Random(1)
    asked = []
    for kpi_id in draw.sample(kpi_ids(folder), number):
        first, second, *_ = kpi_id.split("_")
        swapped = first[:1] + first[2:3] + first[1:2] + first[3:]
        asked += [f"{first} {second}", f"{swapped} {second}", second, f"{second} {first}"]
    return asked


def measure(number: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for kpi_id, text in definitions(number):
            (folder / f"{kpi_id}.toml").write_text(text, encoding="utf-8")
        size = sum(path.stat().st_size for path in folder.iterdir()) / number
        load_kpi(next(iter(kpi_ids(folder))), folder)
        started = time.perf_counter()
        heads = read_heads(folder)
        read = time.perf_counter()
        Index(heads)
        ended = time.perf_counter()
        search("warm", catalog=folder)
        taken = []
        for text in queries(folder, 15):
            began = time.perf_counter()
            assert search(text, catalog=folder).ids, text
            taken.append(time.perf_counter() - began)
    print(
        f"{number:>6,} definitions of {size:,.0f} bytes: load {ended - started:.2f} s (heads {read - started:.2f}, index "
        f"{ended - read:.2f}); search median {statistics.median(taken) * 1000:.1f} ms, slowest {max(taken) * 1000:.1f} ms"
    )


if __name__ == "__main__":
    for size in [int(text) for text in sys.argv[1:]] or SIZES:
        measure(size)
