"""Notebooks read strictly, and the parameters that they declare checked before anything runs."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from kpikit.errors import ReportError
from kpikit.report.cell_code import parsed
from kpikit.report.declared import Declared, declared, require_declared
from kpikit.report.reading import read_notebook

ROOT = Path(__file__).parents[1]
PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def code(source, *tags, **more):
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": [],
        "execution_count": None,
        **more,
    }


TAGGED = code("segment = 'EU'", "parameters", id="a")


def content(*cells, **more):
    return {"cells": list(cells or [TAGGED]), "metadata": PYTHON, "nbformat": 4, "nbformat_minor": 5, **more}


def written(folder, *cells, name="a.ipynb", **more):
    path = folder / name
    path.write_text(json.dumps(content(*cells, **more)), encoding="utf-8")
    return path


def refusal(path):
    with pytest.raises(ReportError) as raised:
        read_notebook(path)
    return str(raised.value).removeprefix(f"{path}: ")


def of(source):
    return nbformat.from_dict(content(code(source, "parameters", id="a")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "it is not JSON, so no notebook: Expecting value: line 1 column 1 (char 0)"),
        (b"# %% a script\n", "it is not JSON, so no notebook: Expecting value: line 1 column 1 (char 0)"),
        (b'{"cells": [\xff]}', "it is not UTF-8 text, so no notebook"),
        (b"[]", "it names no nbformat, so it is no notebook"),
        (b"{}", "it names no nbformat, so it is no notebook"),
        (b'{"nbformat": 99}', "nbformat 99; kpikit reads nbformat 4: save it anew in JupyterLab"),
        (b'{"nbformat": 3, "worksheets": []}', "nbformat 3; kpikit reads nbformat 4: save it anew in JupyterLab"),
        (b'{"nbformat": true}', "nbformat True; kpikit reads nbformat 4: save it anew in JupyterLab"),
        (b'{"nbformat": "4"}', "nbformat '4'; kpikit reads nbformat 4: save it anew in JupyterLab"),
        (b'{"nbformat": 4}', "not a valid notebook: it needs a whole number nbformat_minor, and cells, each with its keys"),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "cells": [1]}',
            "not a valid notebook: it needs a whole number nbformat_minor, and cells, each with its keys",
        ),
        (b'{"nbformat": 4, "nbformat_minor": 5, "cells": []}', "not a valid notebook: 'metadata' is a required property"),
    ],
)
def test_what_is_no_notebook_is_refused_with_its_fault(tmp_path, text, said):
    (tmp_path / "a.ipynb").write_bytes(text)
    assert refusal(tmp_path / "a.ipynb") == said


def test_json_nested_without_end_is_refused(tmp_path):
    (tmp_path / "a.ipynb").write_text("[" * 100_000)
    assert refusal(tmp_path / "a.ipynb").startswith("it is not JSON, so no notebook: ")


def test_folders_missing_files_and_impossible_names_are_told_apart(tmp_path):
    assert refusal(tmp_path) == "it is a folder; name a notebook, an .ipynb file"
    assert refusal(tmp_path / "b.ipynb") == "there is no such file; name a notebook, an .ipynb file"
    assert refusal(tmp_path / f"{'b' * 300}.ipynb") == "it cannot be read: File name too long"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            [TAGGED, {"cell_type": "code", "id": "b", "metadata": {}, "source": "", "execution_count": None}],
            "not a valid notebook: cell 2: 'outputs' is a required property",
        ),
        (
            [TAGGED, {"cell_type": "markdown", "id": "b", "source": ""}],
            "not a valid notebook: cell 2: 'metadata' is a required property",
        ),
        ([TAGGED, code("1", id="b"), code("2", id="a")], "cells 1 and 3 have the same id 'a'; save it anew in JupyterLab"),
        ([code("a = 1")], "no cell is tagged 'parameters'; tag the one that holds them, in JupyterLab under Property Inspector"),
        ([TAGGED, code("b = 1"), code("c = 1", "parameters")], "cells 1 and 3 are tagged 'parameters'; leave the tag to one"),
        (
            [{"cell_type": "markdown", "metadata": {"tags": ["parameters"]}, "source": "a = 1"}, code("a = 1")],
            "the cell tagged 'parameters', cell 1, is not code; tag the one that assigns them",
        ),
    ],
)
def test_a_fault_in_the_cells_names_the_cell(tmp_path, cells, said):
    assert refusal(written(tmp_path, *cells)) == said


def test_a_fault_that_quotes_a_whole_cell_is_cut(tmp_path):
    said = refusal(written(tmp_path, code(["x"] * 1000 + [1], "parameters", id="a")))
    assert said.startswith("not a valid notebook: cell 1: ['x', 'x', ") and len(said) < 300


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}, "R"),
        ({"kernelspec": {"name": "ir", "display_name": "R"}}, "ir"),
        ({**PYTHON, "language_info": {"name": "julia"}}, "julia"),
    ],
)
def test_another_language_is_refused(tmp_path, metadata, language):
    said = refusal(written(tmp_path, metadata=metadata))
    assert said == f"it is written in {language}; kpikit runs Python notebooks"


@pytest.mark.parametrize(
    "metadata", [{}, PYTHON, {"language_info": {"name": "ipython"}}, {"kernelspec": {**PYTHON["kernelspec"], "name": "my-venv"}}]
)
def test_a_notebook_of_any_python_kernel_says_that_it_is_python(tmp_path, metadata):
    node = read_notebook(written(tmp_path, metadata=metadata))
    assert node.metadata.kernelspec.language == "python"
    assert "python" in node.metadata.language_info.name


@pytest.mark.parametrize("minor", [0, 2, 4, 5])
def test_cells_without_ids_get_them_by_their_place(tmp_path, minor, capfd, recwarn):
    path = written(tmp_path, code("a = 1", "parameters"), code("b = 2", id="cell-3"), code("c = 3"), nbformat_minor=minor)
    node = read_notebook(path)
    assert [cell.id for cell in node.cells] == ["cell-1", "cell-3", "cell-3-"]
    nbformat.validate(node)
    assert (node.nbformat, node.nbformat_minor) == (4, 5)
    assert not recwarn.list and capfd.readouterr() == ("", "")


def test_what_earlier_runs_left_is_forgotten(tmp_path):
    old = {"output_type": "stream", "name": "stdout", "text": ["old"]}
    ran = code("1", outputs=[old], execution_count=7, metadata={"papermill": {"status": "completed"}})
    path = written(tmp_path, TAGGED, code("segment = 'US'", "injected-parameters"), ran, metadata={**PYTHON, "papermill": "x"})
    node = read_notebook(path)
    assert [cell.source for cell in node.cells] == ["segment = 'EU'", "1"]
    assert (node.cells[1].outputs, node.cells[1].execution_count, node.cells[1].metadata) == ([], None, {})
    assert "papermill" not in node.metadata


@pytest.mark.parametrize("name", ["{x} {0}.ipynb", "a  b.ipynb", "~.ipynb", "$HOME.ipynb", "[a-z]*?.ipynb", "%20.ipynb"])
def test_a_path_is_a_path_and_nothing_else(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, name=name)
    assert read_notebook(Path(name)).cells[0].source == "segment = 'EU'"


def test_an_address_is_only_a_path_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("http:", "localhost").mkdir(parents=True)
    written(Path("http:", "localhost"))
    assert len(read_notebook(Path("http://localhost/a.ipynb")).cells) == 1
    assert refusal(Path("http://localhost/b.ipynb")).startswith("there is no such file")


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path):
    path = written(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_notebook(path).cells) == 1


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_notebook_here_is_read_and_declares_its_case_first(path):
    assert next(iter(declared(read_notebook(path)))) == "case"


def test_declared_is_what_the_tagged_cell_assigns_to_names():
    source = """
a = 1  # a comment with x = 2
b: float = 2
c = d = "text = 5"
e = [
    1,
]
f = None
g: int | None = None
h: dict[str, int] = {}
i: "int" = 3
j = today()
k = -1.5
l = (1, 2)
m: int
n.attribute = 1
o, p = 1, 2
if a:
    q = 1
def r(s=1):
    t = 1
"""
    any_value = frozenset()
    assert declared(of(source)) == {
        "a": Declared("a", 1, frozenset({"int"})),
        "b": Declared("b", 2, frozenset({"float"})),
        "c": Declared("c", "text = 5", frozenset({"str"})),
        "d": Declared("d", "text = 5", frozenset({"str"})),
        "e": Declared("e", [1], frozenset({"list"})),
        "f": Declared("f", None, any_value),
        "g": Declared("g", None, frozenset({"int", "None"})),
        "h": Declared("h", {}, frozenset({"dict"})),
        "i": Declared("i", 3, any_value),
        "j": Declared("j", None, any_value),
        "k": Declared("k", -1.5, frozenset({"float"})),
        "l": Declared("l", (1, 2), frozenset({"list"})),
    }


def test_a_tagged_cell_may_hold_magics_but_must_be_python():
    assert list(declared(of("%matplotlib inline\na = 1"))) == ["a"]
    with pytest.raises(ReportError) as raised:
        declared(of("a = "))
    assert str(raised.value) == "the cell tagged 'parameters' is not valid Python; a parameter is written as segment = \"EU\""


@pytest.mark.parametrize(
    ("source", "value", "taken"),
    [
        ("a = 1", 2, True),
        ("a = 1", True, False),
        ("a = 1", 2.0, False),
        ("a = 1", None, False),
        ("a = 1.5", 2, True),
        ("a = 1.5", True, False),
        ("a = True", False, True),
        ("a = True", 1, False),
        ("a = 'x'", "y", True),
        ("a = 'x'", 5, False),
        ("a = 'x'", ["y"], False),
        ("a = ['x']", ["y", 2, None], True),
        ("a = ['x']", "y", False),
        ("a = (1, 2)", [1, 2], True),
        ("a = {}", {"x": [1, {"y": None}]}, True),
        ("a = {}", [], False),
        ("a = None", {"x": 1}, True),
        ("a = None", None, True),
        ("a: int = None", None, True),
        ("a: int = None", "x", False),
        ("a: Optional[int] = 3", None, True),
        ("a: typing.Union[int, str] = 3", "x", True),
        ("a: typing.Union[int, str] = 3", None, False),
        ("a: list[str] | None = ['x']", None, True),
        ("a: Sequence[str] = ['x']", 1, False),
        ("a: Any = 3", "x", True),
        ("a: int | Path = 3", "x", True),
        ("a: float = 3", 4, True),
    ],
)
def test_a_value_is_of_the_declared_type(source, value, taken):
    node = of(source)
    if taken:
        require_declared(node, {"a": value}, "a.ipynb")
    else:
        with pytest.raises(ReportError, match="a.ipynb: parameter 'a' takes "):
            require_declared(node, {"a": value}, "a.ipynb")


@pytest.mark.parametrize(
    ("source", "given", "said"),
    [
        ("segment = 'EU'", {"segmnt": "US"}, "no parameter 'segmnt' in its tagged cell; did you mean 'segment'?"),
        ("", {"a": 1}, "no parameter 'a' in its tagged cell; there is none"),
        (
            "a = 1",
            {"a=1; import os": 2},
            "'a=1; import os' cannot name a parameter; a name is letters, digits and _, and no Python keyword",
        ),
        ("a = 1", {"class": 2}, "'class' cannot name a parameter; a name is letters, digits and _, and no Python keyword"),
        ("a = 1", {"a": "x"}, "parameter 'a' takes a whole number, as 1; 'x' is text"),
        ("a: float | None = None", {"a": "x"}, "parameter 'a' takes a number or None; 'x' is text"),
        (
            "a = 1",
            {"a": (1,)},
            "parameter 'a': (1,) is not a plain value; give True or False, a whole number, a number, text, a list, "
            "a table of names or None",
        ),
        ("a = 1.0", {"a": float("nan")}, "parameter 'a': nan is not a finite number"),
        ("a = None", {"a": [{"b": float("inf")}]}, "parameter 'a': inf is not a finite number"),
        ("a = {}", {"a": {1: 2}}, "parameter 'a': a table's names are text"),
        *(
            (
                "a = None",
                {"a": value},
                "parameter 'a': it holds an address with a password; give the name of the environment variable that holds the address",
            )
            for value in ("postgresql://u:hunter2@h/db", ["x", {"y": "redis://:hunter2@h"}], {"a://u:hunter2@h": 1})
        ),
    ],
)
def test_a_refusal_names_the_parameter_and_what_would_be_right(source, given, said):
    with pytest.raises(ReportError) as raised:
        require_declared(of(source), given, "a.ipynb")
    assert str(raised.value) == f"a.ipynb: {said}"


def test_a_value_of_a_class_that_only_looks_plain_is_refused():
    class Text(str):
        def encode(self, *_):
            return b'"; import os; os.abort()  # '

    with pytest.raises(ReportError, match="is not a plain value"):
        require_declared(of("a = 'x'"), {"a": Text("y")}, "a.ipynb")


@pytest.mark.parametrize("source", ["a = ", "\0", "a = '\ud800'", "(" * 500, "%%bash\nls", "!ls", "x?", "%%", "%%time"])
def test_no_cell_breaks_the_reading_of_code(source, recwarn):
    parsed(source)
    assert not recwarn.list


def test_an_escape_that_python_warns_of_prints_nothing(recwarn):
    assert parsed(r"a = '\d'") is not None and not recwarn.list


def test_messages_of_the_schema_hold_no_path_of_kpikit(tmp_path):
    assert not re.search("nbformat_schema|site-packages", refusal(written(tmp_path, metadata=[])))
