"""The catalogue as static pages: whole or absent, every link resolves, every text stays text, every command runs."""

import re
import shlex
import tomllib
from collections import Counter
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from runpy import run_path
from urllib.parse import urldefrag

import pandas as pd
import pytest
import rtoml
from small_kpis import kpi_of
from tiny_definition import TINY

import kpikit as kk
from kpikit.authoring.flags import case_of_flags
from kpikit.catalog.folders import KPIS
from kpikit.catalog.whole import load_catalog
from kpikit.cli import main
from kpikit.cli.arguments import parser
from kpikit.cli.commands import CASE_FLAGS
from kpikit.errors import DefinitionError, ReportError
from kpikit.report.catalogue.drawing import drawing
from kpikit.report.catalogue.parts import leaves
from kpikit.report.catalogue.running import AS_OF, case_of_parts, runs
from kpikit.report.catalogue.site import Site, file_names
from kpikit.report.catalogue.writing import write_catalogue
from kpikit.report.index import write_index
from kpikit.report.templating import style

ROOT = Path(__file__).parents[1]
RAW = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in KPIS.glob("*.toml")}
EDGES = [(kpi_id, other) for kpi_id, raw in RAW.items() for other in raw["attributes"]["change_impact"]]
HOSTILE = "<script>alert(1)</script>"


class Page(HTMLParser):
    """The links, ids and headings of a page, and the tags that are not closed as they were opened."""

    EMPTY = ("meta", "br", "path", "rect", "img")

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.levels, self.open, self.crossed = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self.links += [told["href"]] if "href" in told else []
        self.ids += [told["id"]] if "id" in told else []
        self.levels += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.open += [tag] if tag not in self.EMPTY else []

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.EMPTY:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)


#: keys whose values are ids or words of the program, not texts
PLAIN = (
    "id",
    "better",
    "unit",
    "cadence",
    "kind",
    "counts",
    "window",
    "moves",
    "eligible",
    "combine",
    "of",
    "variant",
    "measures",
)


def hostile(value, key=""):
    """A definition with a script in front of each of its texts."""
    if isinstance(value, dict):
        return {name: item if name in PLAIN and name != "variant" else hostile(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [hostile(item, key) for item in value]
    return f"{HOSTILE}{value}" if isinstance(value, str) and key != "variant" else value


def definition(kpi_id):
    """A hostile definition with bands, benchmarks and a case, that names a KPI which is not there."""
    raw = hostile(RAW["product_upgrade_ratio"])
    functions = [HOSTILE, *raw["functions"], "Product Management"]
    return rtoml.dumps({**raw, "id": kpi_id, "name": f"{HOSTILE} {kpi_id}", "owner": HOSTILE, "functions": functions, "related": ["not_there", "upsell_ratio"],
                        "attributes": {**raw["attributes"], "change_impact": {"upsell_ratio": HOSTILE}}})  # fmt: skip


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A folder whose name holds spaces, with the catalogue of the package and two hostile definitions that differ by capitals."""
    home = tmp_path_factory.mktemp("a folder with spaces")
    (home / "own").mkdir()
    for kpi_id in ("Hostile", "hostile"):
        (home / "own" / f"{kpi_id}.toml").write_text(definition(kpi_id), encoding="utf-8")
    write_catalogue(home / "reports", [home / "own"])
    return home / "reports"


@pytest.fixture(scope="module")
def texts(out):
    """The text of every page by its path."""
    folder = out / "catalogue"
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}


@pytest.fixture(scope="module")
def pages(texts):
    return {path: Page(text) for path, text in texts.items()}


def shown(text):
    """What a reader sees of a page's HTML, each run of white space as one space."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def test_there_is_a_page_for_each_kpi_function_and_industry(texts):
    kinds = Counter(path.split("/")[0] for path in texts)
    assert kinds["kpi"] == len(RAW) + 2
    own = rtoml.loads(definition("Hostile"))
    assert kinds["function"] == len({name for raw in [own, *RAW.values()] for name in raw["functions"]})
    assert kinds["industry"] == len({name for raw in [own, *RAW.values()] for name in raw["industries"]})
    assert sorted(path for path in texts if "/" not in path) == [
        "a-to-z.html", "cadence.html", "functions.html", "impact.html", "index.html", "industries.html", "kinds.html",
    ]  # fmt: skip


def test_every_link_leads_to_a_place_that_is_there_and_every_page_is_linked(pages):
    found = set()
    for path, page in pages.items():
        for link in page.links:
            address, place = urldefrag(link)
            target = (Path("/") / Path(path).parent / address).resolve().as_posix()[1:] if address else path
            assert target in pages, f"{path}: {link}"
            assert not place or place in pages[target].ids, f"{path}: {link}"
            found.add(target)
    assert found == set(pages)


def test_no_page_takes_anything_from_outside_or_runs_a_script(texts):
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
    for text in texts.values():
        assert text.split("<head>")[1].strip().startswith(policy)
        assert "<script" not in text
        assert not re.search(r"(src|href)=[\"'][^\"']*(//|javascript:|data:)|@import|url\((?!#)", text)
        assert "reports/" not in text.replace("reports/catalogue", ""), "no path of a machine"


def count_texts(value):
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return str(value).startswith(HOSTILE) + sum(map(count_texts, inside))


def test_what_a_definition_holds_stays_text(texts):
    assert all("<script" not in text for text in texts.values())
    assert (
        texts["kpi/hostile.html"].count("&lt;script&gt;alert(1)&lt;/script&gt;")
        >= count_texts(rtoml.loads(definition("Hostile")))
        > 80
    )


def test_a_kpi_that_is_not_there_is_named_and_not_linked(texts):
    assert "not_there (not in this catalog)" in texts["kpi/hostile.html"]


def test_names_of_files_differ_where_a_disk_does_not_tell_capitals_apart(texts):
    assert len({path.casefold() for path in texts}) == len(texts)
    assert {"kpi/hostile.html", "kpi/hostile-2.html"} <= set(texts)
    names = file_names(["A", "a", "a-2", "A!", "", "日本", "x" * 300])
    assert list(names.values()) == ["a", "a-2", "a-2-2", "a-3", "page", "page-2", "x" * 80]


def test_every_page_is_well_formed_and_its_headings_follow_one_another(pages):
    for path, page in pages.items():
        assert not page.crossed and not page.open, f"{path}: {page.crossed or page.open}"
        assert len(page.ids) == len(set(page.ids)), f"{path}: {[name for name, many in Counter(page.ids).items() if many > 1]}"
        assert page.levels[0] == 1 and page.levels.count(1) == 1, path
        assert all(after - before <= 1 for before, after in zip(page.levels, page.levels[1:], strict=False)), path


def test_every_page_says_its_language_and_title_and_can_be_entered_past_its_links(texts):
    titles = [re.search("<title>(.*?)</title>", text, re.DOTALL)[1] for text in texts.values()]
    assert len(set(titles)) == len(titles)
    assert all('<html lang="en">' in text and '<a class="skip" href="#content">' in text for text in texts.values())


def test_drawings_and_tables_that_scroll_are_told_in_words(texts):
    for text in texts.values():
        assert all(re.search(r'role="group" aria-label="[^"]{40,}"', drawn) for drawn in re.findall("<svg[^>]*>", text))
        assert all('aria-label="' in area and 'tabindex="0"' in area for area in re.findall('<div class="shown"[^>]*>', text))


def test_the_same_definitions_give_the_same_bytes(texts, out, tmp_path):
    write_catalogue(tmp_path, [out.parent / "own"])
    again = {p.relative_to(tmp_path / "catalogue").as_posix(): p.read_text(encoding="utf-8") for p in tmp_path.rglob("*.html")}
    assert again == texts


def luminance(color):
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_texts_stand_out_from_what_is_behind_them():
    """WCAG 2.1, 1.4.3: at least 4.5 to 1."""
    own = dict(re.findall(r"--(\w+): #(\w{6});", style()))
    rgb = {name: [int(text[place : place + 2], 16) / 255 for place in (0, 2, 4)] for name, text in own.items()}
    shaded = [
        0.3 * hue + 0.7 * paper for hue, paper in zip(rgb["hue"], rgb["paper"], strict=True)
    ]  # the darkest cell of a matrix
    pairs = [
        (rgb["muted"], rgb["wash"]), (rgb["hue"], rgb["wash"]), (rgb["hue"], rgb["paper"]), (rgb["paper"], rgb["hue"]),
        (rgb["ink"], shaded),
    ]  # fmt: skip
    for front, back in pairs:
        light, dark = sorted((luminance(front) + 0.05, luminance(back) + 0.05), reverse=True)
        assert light / dark >= 4.5


def test_the_page_of_a_kpi_says_all_that_its_definition_says(texts):
    page, raw = shown(texts["kpi/upgrade_rate.html"]), RAW["upgrade_rate"]
    said = [raw["question"], raw["cadence_source"], *raw["synonyms"], raw["published_case"]["problem"]]
    for variant in raw["variant"]:
        said += [variant["name"], variant["definition"], variant["note"], variant["source"]]
    for text in raw["attributes"].values():
        said += [text] if isinstance(text, str) else list(text.values()) if isinstance(text, dict) else text
    for text in said:
        assert " ".join(text.split()) in page
    assert "number of upgrades divided by total number of subscribers" in page
    assert "26 upgrades divided by 200 subscribers = 13.0% , below target (made up)" in page
    assert "below target up to 20% our reading on target up to 30% excellent above 30%" in page
    assert "from 15.0% to 25.0% in 6 months" in page


def test_benchmarks_stand_with_their_source_and_age(texts):
    page = shown(texts["kpi/product_upgrade_ratio.html"])
    assert "35.0% top quartile, technology (undated, unverified) Gartner, quoted by publisher P" in page


def test_a_composed_kpi_is_set_with_links_to_its_parts(texts):
    page = texts["kpi/customer_lifetime_value.html"]
    over = '<span class="over"><a href="../kpi/contribution_per_user.html#variant-revenue_times_margin">Contribution per User</a></span>'
    assert over in page
    assert "40.00 divided by 5.0% = 800.00" in shown(page)
    assert '<li>Part of <a href="../kpi/customer_lifetime_value.html">' in texts["kpi/contribution_per_user.html"]


def test_every_statement_of_change_impact_stands_once_in_the_whole_and_on_both_pages(pages, texts):
    whole = shown(texts["impact.html"])
    for mover, moved in EDGES:
        sentence = " ".join(RAW[mover]["attributes"]["change_impact"][moved].split())
        assert f"{RAW[mover]['name']} moves {RAW[moved]['name']} : {sentence}" in whole
        assert sentence in shown(texts[f"kpi/{mover}.html"])
        assert sentence in shown(texts[f"kpi/{moved}.html"])
        assert pages["impact.html"].ids.count(f"moves-{mover}--{moved}") == 1


def test_the_matrix_counts_statements_by_function_and_links_to_them(texts):
    counts = Counter((RAW[mover]["functions"][0], RAW[moved]["functions"][0]) for mover, moved in EDGES)
    for (one, other), count in counts.items():
        assert f'aria-label="{count}: {one} moves {other}">{count}</a>' in texts["impact.html"]


def test_every_name_and_synonym_leads_to_its_kpi(texts):
    page = shown(texts["a-to-z.html"])
    for raw in RAW.values():
        assert all(f"{synonym} see {raw['name']}" in page for synonym in raw["synonyms"])


def test_a_kind_of_table_lists_whatever_is_measured_on_it(texts):
    sections = {part.split('"')[0]: shown(part) for part in texts["kinds.html"].split('<section aria-labelledby="')[1:]}
    for raw in RAW.values():
        for kind in {kind for variant in raw["variant"] for kind in variant.get("measures", {})}:
            assert raw["name"] in sections[kind]


def made(kpi_id, *moves):
    kpi = kpi_of("share", "flow", kpi_id=kpi_id)
    return replace(kpi, name=kpi_id.upper(), attributes={**kpi.attributes, "change_impact": dict.fromkeys(moves, "it does")})


def test_the_tree_shows_what_moves_a_kpi_what_it_moves_and_what_these_move():
    site = Site({kpi.id: kpi for kpi in (made("a", "b"), made("b", "c", "d"), made("c", "b", "e"), made("d", "e"), made("e"))})
    tree = drawing(site, "b")
    columns = {name: [box.kpi_id for box in tree.boxes if box.x == x] for x, name in tree.headings}
    assert columns == {"moves it": ["a", "c"], "": ["b"], "it moves": ["c", "d"], "and these move": ["e"]}
    assert len(tree.curves) == 6, "a and c to b, b to c and d, c and d to e"
    assert tree.alt == "Tree of change impact. What moves B: A and C. What B moves: C and D. What these move in turn: E."


def test_a_tree_of_many_leaves_some_to_the_list_and_says_so():
    movers = [made(f"m{number:02}", "hub") for number in range(20)]
    tree = drawing(Site({kpi.id: kpi for kpi in (*movers, made("hub"))}), "hub")
    assert (len(tree.boxes), tree.left_out) == (17, 4)
    assert tree.alt.endswith("M15 and 4 more.")


def test_a_kpi_that_stands_alone_has_no_tree():
    assert drawing(Site({"a": made("a")}), "a") is None


def test_a_wrong_definition_leaves_the_catalogue_that_stood_there(tmp_path):
    place = tmp_path / "reports" / "catalogue"
    place.mkdir(parents=True)
    (place / "index.html").write_text("the one before")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "wrong.toml").write_text('id = "wrong"\n')
    with pytest.raises(DefinitionError) as error:
        write_catalogue(tmp_path / "reports", [tmp_path / "own"])
    assert str(error.value) == "wrong.toml: the key 'name' is missing"
    assert [path.name for path in (tmp_path / "reports").rglob("*")] == ["catalogue", "index.html"]
    assert (place / "index.html").read_text() == "the one before"


def test_a_folder_that_holds_what_no_catalogue_wrote_is_never_replaced(tmp_path):
    own = tmp_path / "catalogue" / "my_kpi.toml"
    own.parent.mkdir()
    own.write_text("precious")
    with pytest.raises(ReportError) as error:
        write_catalogue(tmp_path)
    assert str(error.value) == (
        f"{own} stands where the catalogue goes, and no catalogue wrote it; move it away, or name another folder with --out"
    )
    assert own.read_text() == "precious"


def test_a_source_of_bands_that_ends_in_a_full_stop_gets_no_second_one(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY.replace('bands_source = "made up"', 'bands_source = "Made up."'), encoding="utf-8")
    page = write_catalogue(tmp_path / "out", (tmp_path,)).parent / "kpi" / "tiny.html"
    assert "why an edge lies there: Made up.</p>" in page.read_text(encoding="utf-8")


def test_a_page_that_is_no_more_vanishes_with_the_next_writing(tmp_path):
    old = tmp_path / "catalogue" / "kpi" / "gone.html"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    assert main(["catalogue", "--out", str(tmp_path)]) == 0
    assert not old.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "catalogue"]


def test_the_index_of_reports_leads_to_the_catalogue_where_there_is_one(tmp_path):
    assert "catalogue" not in write_index(tmp_path).read_text(encoding="utf-8")
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "index.html").write_text("pages")
    assert '<a href="catalogue/index.html">The KPI catalog</a>' in write_index(tmp_path).read_text(encoding="utf-8")


KNOWN = load_catalog()
EVERY = [
    (run, variant) for kpi in KNOWN.values() for variant in kpi.variants for run in runs(kpi, variant, leaves(Site(KNOWN), variant))
]  # fmt: skip
#: one run for each kind of table and set of columns
DIFFERENT = {
    (run.kind, len(run.columns) if run.kind in ("counts", "volumes") else tuple(run.columns)): run for run, _ in reversed(EVERY)
}
LATE = {
    "month": ["2025-10", "2025-11", "2025-12"],
    "quarter": ["2025-Q2", "2025-Q3", "2025-Q4"],
    "year": ["2023", "2024", "2025"],
}
PARSER = parser()


def write_table(run, folder):
    """A table of a run's kind with the columns that it names: a template of data/templates, or one made up."""
    path = folder / f"{run.kind}.csv"
    if run.kind in ("counts", "volumes"):
        numbers = {
            "period": LATE.get(run.window, LATE["month"]),
            "numerator": [7, 9, 8],
            "denominator": [40, 41, 39],
            "less": [2, 1, 3],
        }
        frame = pd.DataFrame({column: numbers[role] for role, column in run.columns.items()})
    elif run.kind == "ratings":
        frame = pd.DataFrame(
            [(f"c{n}", f"{LATE['month'][n % 3]}-0{n % 9 + 1}", n % 5 + 1) for n in range(30)],
            columns=["customer", "date", "score"],
        )
    else:
        frame = pd.read_csv(ROOT / "data" / "templates" / path.name, dtype=str, keep_default_na=False)
    if run.kind == "events":
        named = {"upgrade": run.event_names["numerator"][0], "active": run.event_names["denominator"][0]}
        frame = frame.assign(event=frame["event"].map(named))
    frame.to_csv(path, index=False)


@pytest.mark.parametrize("run", DIFFERENT.values(), ids=[f"{run.kpi}-{run.variant}-{run.kind}" for run in DIFFERENT.values()])
def test_a_run_counts_the_same_from_python_and_from_its_command(run, tmp_path, monkeypatch):
    write_table(run, tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.py").write_text(f"import kpikit as kk\n{run.python}\n")
    series = run_path("run.py")["series"]
    words = shlex.split(run.command.replace("\\\n", " "))
    chosen = PARSER.parse_args(words[1:])
    case = case_of_flags({name: getattr(chosen, name, None) for name in CASE_FLAGS}, tmp_path)
    pd.testing.assert_frame_equal(kk.measure_case(case).table, series.table)
    assert len(series.table)


def test_every_command_of_every_page_is_understood():
    for run, _ in EVERY:
        chosen = PARSER.parse_args(shlex.split(run.command.replace("\\\n", " "))[1:])
        assert (chosen.kpi, chosen.kind, chosen.window, chosen.as_of) == (run.kpi, run.kind, run.window, AS_OF)
        compile(run.python, run.kpi, "exec")


def test_a_composed_kpi_runs_as_the_case_that_its_page_prints(tmp_path):
    kpi = KNOWN["customer_lifetime_value"]
    told = case_of_parts(kpi, kpi.variants[0], leaves(Site(KNOWN), kpi.variants[0]))
    columns = [column for pair in tomllib.loads(told)["also"].values() for column in pair]
    numbers = dict(zip(columns, ([1000], [20], [80], [100], [5], [100]), strict=True))
    pd.DataFrame({"period": ["2025-Q4"], **numbers}).to_csv(tmp_path / "volumes.csv", index=False)
    (tmp_path / "lifetime.toml").write_text(told)
    series = kk.measure_case(kk.read_case(tmp_path / "lifetime.toml"))
    assert series.table["value"].tolist() == [pytest.approx(1000 / 20 * 80 / 100 / (5 / 100))]
