"""What was meant where a text is no TOML, as the end of a message."""

from __future__ import annotations

import re

#: what the line looks like -> what would be right
MEANT = {
    r"^(<<<<<<<|=======|>>>>>>>)": "it is the mark of a merge that was left unfinished; keep one of the two sides",
    r"[“”„‟‘’‚«»]": 'text stands in straight quotes, as name = "Upgrade Rate"',
    r"=\s*-?\d+,\d": "a number has a decimal point, as 0.15",
    r"=\s*-?[\d.]+\s*%": "percent are written as fractions: 15 % is 0.15",
    r"^\s*[\w\"']+\s*:": 'a key and its value stand as key = value, as name = "Upgrade Rate"',
    r"=\s*(True|False|yes|no|None|null)\b": "it is true or false, in small letters",
}
PLACE = re.compile(r"\(at line (\d+)")


def meant(message: str, text: str) -> str:
    """What would be right in the line that a parser's message names, after a semicolon; empty where that cannot be told.

    >>> meant("Expected newline (at line 1, column 10)", "below = 0,15")
    '; a number has a decimal point, as 0.15'
    """
    place, lines = PLACE.search(message), text.split("\n")
    line = lines[int(place[1]) - 1] if place and int(place[1]) <= len(lines) else ""
    return next((f"; {right}" for looks, right in MEANT.items() if re.search(looks, line)), "")
