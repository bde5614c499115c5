"""The logo of a case: looked at before anything is made of it, and refused with the word that mends it."""

import pytest
from PIL import Image

from kpikit.cases import read_case
from kpikit.errors import CaseError
from kpikit.report.logo import MOST_BYTES, address_of, logo_of
from kpikit.report.making import make
from kpikit.report.record import Job

CASE = (
    'question = "scorecard"\ntitle = "Where do we stand?"\nkpi = "upgrade_rate"\nwindow = "month"\ntable = "a.csv"\nkind = "counts"\n'
    'columns = { period = "month", numerator = "upgrades", denominator = "subscribers" }\nas_of = 2026-01-15\n'
)


@pytest.fixture
def case(tmp_path):
    """Writes a case with a logo, and the logo; returns the case as it is read."""

    def case(content, name="logo.png", named=None):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        (tmp_path / "one.toml").write_text(f'{CASE}logo = "{named or name}"\n')
        return read_case(str(tmp_path / "one.toml"))

    return case


def picture(tmp_path, form, size=(40, 20)):
    path = tmp_path / f"drawn.{form}"
    Image.new("RGB", size, "navy").save(path, form)
    return path.read_bytes()


@pytest.mark.parametrize(("form", "kind"), [("png", "image/png"), ("jpeg", "image/jpeg")])
def test_a_png_and_a_jpeg_beside_the_case_are_its_logo(case, tmp_path, form, kind):
    found = logo_of(case(picture(tmp_path, form)))
    assert found == tmp_path / "logo.png"
    assert address_of(found).startswith(f"data:{kind};base64,")


def test_a_case_that_names_none_has_none(case, tmp_path):
    (tmp_path / "one.toml").write_text(CASE)
    assert logo_of(read_case(str(tmp_path / "one.toml"))) is None


@pytest.mark.parametrize("named", ["other.png", "."])
def test_a_logo_that_is_not_there_is_refused(case, named):
    with pytest.raises(CaseError) as error:
        logo_of(case(None, named=named))
    said = f"one: logo = '{named}': there is no such file; name a PNG or JPEG, as seen from the case"
    assert str(error.value) == said


@pytest.mark.parametrize("content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a"])
def test_what_is_no_png_or_jpeg_is_refused_whatever_it_is_called(case, content):
    with pytest.raises(CaseError) as error:
        logo_of(case(content))
    assert str(error.value) == "one: logo = 'logo.png' is no PNG or JPEG; save it as one"


def test_a_picture_that_breaks_off_is_refused(case, tmp_path):
    with pytest.raises(CaseError) as error:
        logo_of(case(picture(tmp_path, "png")[:60]))
    assert str(error.value) == "one: logo = 'logo.png' cannot be read as a picture; save it anew as a PNG"


def test_a_file_and_a_picture_that_are_too_large_are_refused(case, tmp_path):
    with pytest.raises(CaseError) as error:
        logo_of(case(b"\x89PNG\r\n\x1a\n" + bytes(MOST_BYTES)))
    assert str(error.value) == "one: logo = 'logo.png' has 1,000,008 bytes; a logo has 1,000,000 at the most"
    with pytest.raises(CaseError) as error:
        logo_of(case(picture(tmp_path, "png", (2500, 2000))))
    said = "is 2,500 by 2,000 pixels; make it smaller: 4,000,000 in all at the most"
    assert str(error.value) == f"one: logo = 'logo.png' {said}"


def test_a_report_is_refused_for_its_logo_before_anything_is_run(case, tmp_path):
    case(b"no picture")
    (tmp_path / "a.csv").write_text("month,upgrades,subscribers\n2025-01,120,1000\n")
    record = make(Job(str(tmp_path / "one.toml"), tmp_path / "out"))
    assert record.reason == "one: logo = 'logo.png' is no PNG or JPEG; save it as one"
