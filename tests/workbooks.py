"""Small Excel workbooks made by hand: a zip of XML, as ECMA-376 describes it."""

import zipfile
from datetime import date, datetime
from xml.sax.saxutils import escape

SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
EPOCH = datetime(1899, 12, 30)
DAY, MOMENT = 1, 2  # places of the styles


class Xml(str):
    """A cell as XML of its own; REF stands for where it is."""

    __slots__ = ()


def workbook(path, sheets, more=""):
    """Writes {name of a sheet: rows of values}; `more` is XML behind the rows of each."""
    numbered = list(enumerate(sheets, start=1))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{SHEETS}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in numbered)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n, _ in numbered] + [("rId99", "styles", "styles.xml")]
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{SHEETS}"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/>'
        '<xf numFmtId="22"/></cellXfs></styleSheet>',
    }
    for n, name in numbered:
        rows = "".join(_row(number, row) for number, row in enumerate(sheets[name], start=1))
        parts[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{SHEETS}"><sheetData>{rows}{more}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, text in parts.items():
            archive.writestr(place, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return path


def _relations(found):
    made = "".join(f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>' for key, kind, target in found)
    return f'<Relationships xmlns="{PACKAGE}/relationships">{made}</Relationships>'


def _row(number, row):
    cells = "".join(_cell(f"{chr(65 + place)}{number}", value) for place, value in enumerate(row) if value is not None)
    return f'<row r="{number}">{cells}</row>' if cells else ""


def _cell(where, value):
    if isinstance(value, Xml):
        return value.replace("REF", where)
    if isinstance(value, str):
        return f'<c r="{where}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{where}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, date):
        moment = isinstance(value, datetime)
        since = (value if moment else datetime(value.year, value.month, value.day)) - EPOCH
        return f'<c r="{where}" s="{MOMENT if moment else DAY}"><v>{since.total_seconds() / 86400!r}</v></c>'
    return f'<c r="{where}"><v>{value!r}</v></c>'
