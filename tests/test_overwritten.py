"""Parameters that a later cell sets anew, so that a run would ignore what it was asked."""

import nbformat
import pytest

from kpikit.report.overwritten import overwritten
from kpikit.report.reading import read_notebook


def notebook(*sources):
    tagged = nbformat.v4.new_code_cell("segment = 'EU'\ncase = 'x'", metadata={"tags": ["parameters"]})
    return nbformat.v4.new_notebook(
        cells=[tagged, nbformat.v4.new_markdown_cell("segment"), *map(nbformat.v4.new_code_cell, sources)]
    )


@pytest.mark.parametrize(
    "source",
    [
        "segment = 'US'",
        "segment, other = 'US', 1",
        "[other, *segment] = 1, 2",
        "other = segment = 'US'",
        "segment: str = 'US'",
        "if (segment := 'US'): pass",
        "print([(segment := x) for x in 'US'])",
        "for segment in ['US', 'EU']: pass",
        "for number, segment in enumerate('US'): pass",
        "with open('x') as segment: pass",
        "import segment",
        "import segment.part",
        "import pandas as segment",
        "from x import segment",
        "from x import y as segment",
        "def segment(): pass",
        "async def segment(): pass",
        "class segment: pass",
        "try: 1/0\nexcept ValueError as segment: pass",
        "match 1:\n    case segment: pass",
        "match [1]:\n    case [*segment]: pass",
        "match {}:\n    case {'x': 1, **segment}: pass",
        "if True:\n    while 1:\n        segment = 'US'",
        "try: pass\nfinally: segment = 'US'",
        "def f():\n    global segment\n    segment = 'US'",
        "class A:\n    def f(self):\n        if 1:\n            global segment\n            segment = 'US'",
        "%matplotlib inline\nsegment = 'US'",
        "!ls\nsegment = 'US'",
        "segment = !ls",
        "%%time\nsegment = 'US'",
        "%%capture out\nsegment = 'US'",
        "await x\nsegment = 'US'",
    ],
)
def test_a_parameter_set_anew_is_told(source):
    (said,) = overwritten(notebook(source))
    assert said.startswith("parameter 'segment': code cell 2, line ")


@pytest.mark.parametrize(
    "source",
    [
        "case = read_case(case, segment=segment)",
        "segment = segment.strip()",
        "segment = f'{segment}'",
        "segment += 'x'",
        "segment: str",
        "segment = segment or 'US'",
        "if not segment:\n    segment = 'US'",
        "if segment == 'x': pass\nelif 1: segment = 'US'",
        "for x in segment: segment = x",
        "segment.name = 1",
        "segment[0] = 1",
        "print([segment for segment in 'US'])",
        "print([1 for segment in 'US'])",
        "print({segment: 1 for segment, x in y})",
        "print(lambda segment: segment)",
        "def f(segment='US'):\n    segment = 'US'",
        "def f():\n    segment = 'US'\ndef g():\n    global other\n    other = 1",
        "class A:\n    segment = 'US'",
        "%%bash\nsegment=US",
        "%%html\nsegment = 1",
        "segment = ",
        "print(segment='US')",
        "segment == 'US'",
        "del other",
    ],
)
def test_what_reads_the_parameter_or_sets_another_name_is_fine(source):
    assert overwritten(notebook(source)) == []


def test_the_message_names_parameter_cell_and_line():
    said = overwritten(notebook("1", "\n2\nsegment = 'US'; case = 'y'"))
    assert said == [
        f"parameter '{name}': code cell 3, line 3, sets it anew; from there on the run ignores what it was asked"
        for name in ("segment", "case")
    ]


def test_lines_are_those_of_the_cell_under_a_magic():
    assert "line 3" in overwritten(notebook("%%time\n\nsegment = 1"))[0]
    assert "line 2" in overwritten(notebook("!ls\nsegment = 1"))[0]


def test_a_cell_before_the_tagged_one_and_an_injected_one_overwrite_nothing(tmp_path):
    node = notebook()
    node.cells.insert(0, nbformat.v4.new_code_cell("segment = 1"))
    node.cells.append(nbformat.v4.new_code_cell("segment = 2", metadata={"tags": ["injected-parameters"]}))
    nbformat.write(node, tmp_path / "a.ipynb")
    assert overwritten(read_notebook(tmp_path / "a.ipynb")) == []
