"""Nothing secret is written: known values in all their forms, passwords in addresses, and nothing else is touched."""

import html
import json
from urllib.parse import quote, quote_plus

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpikit.errors import ReportError
from kpikit.report.redaction import MARK, Secrets, holds_password, require_long

NONE = Secrets()


@pytest.fixture
def secrets(monkeypatch):
    """The secrets of variables of these values."""

    def of(*values):
        for number, value in enumerate(values):
            monkeypatch.setenv(f"SECRET_{number}", value)
        return Secrets([*(f"SECRET_{number}" for number in range(len(values))), "KPIKIT_NO_SUCH_VARIABLE"])

    return of


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("postgresql://u:hunter2@h/db", "postgresql://u:[redacted]@h/db"),
        ("redis://:hunter2@h", "redis://:[redacted]@h"),
        ("postgresql+psycopg://u:hunter2@h", "postgresql+psycopg://u:[redacted]@h"),
        ("POSTGRES://U:hunter2@h", "POSTGRES://U:[redacted]@h"),
        ("a://u:hun/ter2@h", "a://u:[redacted]@h"),
        ("a://u:hun@ter2@h", "a://u:[redacted]@h"),
        ("a://u:hun%40ter:2@h", "a://u:[redacted]@h"),
        ("a://u:12/hunter2@h", "a://u:[redacted]@h"),
        ("a://u:hun'ter2@h", "a://u:[redacted]@h"),
        ("a://u:'hunter2@h", "a://u:[redacted]@h"),
        ("https://u:hunter2@[::1]:80/", "https://u:[redacted]@[::1]:80/"),
        ("a://u:hunter2@h,b://v:hunter3@i", "a://u:[redacted]@h,b://v:[redacted]@i"),
        ("a://u:hunter2@h b://v:hunter3@i", "a://u:[redacted]@h b://v:[redacted]@i"),
        ("a://u:hunter2@b://v:hunter3@i", "a://u:[redacted]@b://v:[redacted]@i"),
        ("[('a://u:hunter2@h', 'x@y')]", "[('a://u:[redacted]@h', 'x@y')]"),
        ('{"a": "a://u:hunter2@h", "b": "x@y"}', '{"a": "a://u:[redacted]@h", "b": "x@y"}'),
        ("<td>a://u:hunter2@h</td><td>x@y</td>", "<td>a://u:[redacted]@h</td><td>x@y</td>"),
        (r'{"a": "a:\/\/u:hunter2@h"}', r'{"a": "a:\/\/u:[redacted]@h"}'),
        ("see a://u:hunter2@h\nand x@y", "see a://u:[redacted]@h\nand x@y"),
        ("a://u:hun\x1b[31mter2\x1b[0m@h", "a://u:[redacted]@h"),
        ("a:/\x1b[1m/u:hunter2@h", "a://u:[redacted]@h"),
    ],
)
def test_a_password_in_an_address_is_taken_out_and_the_rest_stays(text, redacted):
    assert NONE.redact(text) == redacted
    assert holds_password(NONE.redact(text)) and holds_password(text.replace("\x1b[31m", "").replace("\x1b[1m", ""))


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:8888/x @y",
        "http://localhost:8888/x@y",
        "https://example.com:443/?mail=a@b.c",
        "http://[::1]:8888/x@y",
        "a://b:c",
        "ada@example.com, see https://example.com",
        "https://example.com/@ada/x:y",
        "https://token@example.com",
        "11:30 @ room://x",
        "x: y@z",
        "",
        "été 100 % 🙂",
    ],
)
def test_innocent_text_stays(text):
    assert NONE.redact(text) == text and not holds_password(text)


PASSWORD = "p<&\"'/ü%@\\w"


@pytest.mark.parametrize(
    "form",
    [
        str, html.escape, lambda value: html.escape(value, quote=False), lambda value: quote(value, safe=""), quote, quote_plus,
        json.dumps, lambda value: json.dumps(value, ensure_ascii=False), repr, lambda value: html.escape(repr(value)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", [PASSWORD, f"postgresql://ada:{quote(PASSWORD, safe='')}@host/db"])
def test_a_known_value_is_found_in_every_form(secrets, form, value):
    text = secrets(value).redact(f"before {form(value)} after")
    assert text.startswith("before ") and text.endswith(" after")
    assert text.replace('"', "").replace("'", "").replace("&#x27;", "") == "before [redacted] after"


@pytest.mark.parametrize("address", ["a://ada:hun%2Fter2@host/db", "a://ada:hun/ter2@host/db?mail=x@y", "a://:hun%2Fter2@host"])
@pytest.mark.parametrize("text", ["login hun/ter2 failed", "login hun%2Fter2 failed", "login 'hun/ter2' failed"])
def test_the_password_inside_an_address_is_known_alone_decoded_or_not(secrets, address, text):
    assert "ter2" not in secrets(address).redact(text)


def test_a_user_and_a_password_too_short_to_be_known_alone_are_known_together(secrets):
    known = secrets("a://ada:pw@host/db")
    assert known.redact("ada:pw, but pwd") == "[redacted], but pwd"


def test_each_line_of_a_value_is_known(secrets):
    known = secrets("-----BEGIN-----\nMIIabc\nDEFghi\n-----END-----\n")
    assert known.redact("key: MIIabc") == "key: [redacted]"


def test_a_value_is_known_without_the_space_around_it(secrets):
    assert secrets(" hunter2\n").redact("'hunter2'") == "'[redacted]'"


def test_the_longest_value_goes_first(secrets):
    assert secrets("hunter", "hunter2000").redact("hunter2000, hunter2") == "[redacted], [redacted]2"


def test_values_that_are_part_of_the_mark_do_not_eat_it(secrets):
    known = secrets("redacted", "acted")
    once = known.redact("a redacted act, acted")
    assert once == "a [redacted] act, [redacted]" == known.redact(once)


def test_colors_inside_a_known_value_hide_nothing(secrets):
    assert secrets("hunter2").redact("hun\x1b[0;31mter\x1b[0m2 \x1b\x1b[0m[0m") == "[redacted] [0m"


def test_what_no_file_can_hold_is_replaced():
    assert NONE.redact("a\ud800b") == "a?b"


def test_variables_that_are_empty_or_not_set_hide_nothing(secrets):
    assert secrets("").redact("some text") == "some text"


def test_a_value_that_would_stand_everywhere_is_refused(monkeypatch):
    monkeypatch.setenv("PIN", "123")
    with pytest.raises(ReportError) as raised:
        require_long(["PIN"])
    assert str(raised.value) == (
        "environment variable PIN: its value is shorter than 4 characters, and would be taken out of every other word; "
        "a secret is longer"
    )
    assert Secrets(["PIN"]).redact("12345") == "12345"


def test_a_variable_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.delenv("PIN", raising=False)
    with pytest.raises(ReportError) as raised:
        require_long(["PIN"])
    assert str(raised.value) == "there is no environment variable PIN, so nothing of it can be kept out of a report"
    monkeypatch.setenv("PIN", "")
    require_long(["PIN"])


def test_a_notebook_is_redacted_everywhere_but_in_its_images(secrets):
    known = secrets("hunter2")
    traceback = ["\x1b[31mRuntimeError\x1b[0m: hun\x1b[1mter2", "File a://u:x@h"]
    outputs = [
        nbformat.v4.new_output("stream", text="hunter2"),
        nbformat.v4.new_output("error", ename="RuntimeError", evalue="hunter2", traceback=traceback),
        nbformat.v4.new_output(
            "display_data",
            {
                "text/html": "hunter2",
                "image/png": "hunter2",
                "image/svg+xml": "hunter2",
                "application/json": [{"hunter2": ["hunter2"]}],
            },
        ),
    ]
    cell = nbformat.v4.new_code_cell("connect('hunter2')", outputs=outputs, metadata={"hunter2": "hunter2", "number": 2})
    node = nbformat.v4.new_notebook(cells=[cell], metadata={"title": "hunter2"})
    found = known.redact_node(node)
    assert json.dumps(found).count("hunter2") == 1 == found.cells[0].outputs[2].data["image/png"].count("hunter2")
    assert found.cells[0].outputs[1].traceback == ["RuntimeError: [redacted]", "File a://u:[redacted]@h"]
    assert isinstance(found, nbformat.NotebookNode) and isinstance(found.cells[0].outputs[0], nbformat.NotebookNode)
    assert found.cells[0].metadata == {"[redacted]": "[redacted]", "number": 2}
    assert json.dumps(node).count("hunter2") == 11, "the notebook itself is left as it was"


def test_what_was_printed_in_pieces_is_read_as_one(secrets):
    told = [("stdout", "hun"), ("stdout", "ter"), ("stdout", "2"), ("stderr", "hun"), ("stdout", "ter2")]
    outputs = [nbformat.v4.new_output("stream", name=name, text=text) for name, text in told]
    found = secrets("hunter2").redact_node(outputs)
    assert [(output.name, output.text) for output in found] == [("stdout", "[redacted]"), ("stderr", "hun"), ("stdout", "ter2")]


def test_plain_values_keep_their_types():
    value = {"a": (1, 2.5, None, True, "x"), "b": []}
    assert NONE.redact_node(value) == value


TEXTS = st.text(st.sampled_from("ab:/@ '\"%\\[]1\x1bm;\n") | st.characters(), max_size=60)


@given(TEXTS)
def test_to_redact_twice_changes_nothing_more(text):
    once = NONE.redact(text)
    assert NONE.redact(once) == once


@given(TEXTS.filter(lambda text: "@" not in text and "\x1b" not in text).map(lambda text: text.encode(errors="replace").decode()))
def test_text_without_an_at_sign_stays(text):
    assert NONE.redact(text) == text


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=8).filter(lambda text: "://" not in text),
    TEXTS.filter(lambda text: "@" not in text),
)
def test_no_password_survives_in_an_address(password, after):
    assert NONE.redact(f"x postgresql://ada:{password}@h {after}").startswith(f"x postgresql://ada:{MARK}@h ") or {*password} & {
        *"@'\"<>`"
    }


@pytest.mark.parametrize(
    "text", ["://" * 10_000 + "@", "a://u:" * 10_000 + "@", "://" + "a:" * 10_000 + "@" * 10_000, "\x1b[" * 10_000]
)
def test_no_text_takes_long(text):
    """Work that grew with the square of the length would need minutes here."""
    assert isinstance(NONE.redact(text * 30), str)
