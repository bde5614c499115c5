"""Secrets: what must be written nowhere, and texts and notebooks without it."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from kpikit.errors import ReportError

MARK = "[redacted]"
SHORTEST = 4  # a shorter value stands in every second word and number: taken out, it would take the report with it
ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~])?")
SLASHES = re.compile(r"(:\\?/\\?/)")  # as JSON may write them, too
#: behind the slashes; up to the last @ before a quote where there is one, for what follows may be another text
USER_AND_PASSWORD = re.compile(r"""((?!\[[\dA-Fa-f:]+\])[^\s:/@]*):([^\s"'`<>]+(?=@)|\S+(?=@))""")
#: the same up to the first @ with a host behind it; what is meant by several @ is not known, so both readings are hidden
BEFORE_A_HOST = re.compile(r"([^\s:/@]*):(\S+?)@[^@/?#\s]*(?:[/?#]|$)")
#: of these, digits and a slash behind a colon are a port and a path, which may hold an @; a database's password may begin so
WEB = ("http", "https", "ws", "wss", "ftp")
PORT = re.compile(r"\d{1,5}[/?#]")


class Secrets:
    """The values of some environment variables, as they are now; a variable that is not set holds nothing to hide."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        values = [_writable(os.environ.get(name, "")) for name in names]
        forms = {form for value in values for part in _parts(value) for form in _forms(part)}
        self._forms = sorted((form for form in forms if len(form) >= SHORTEST), key=lambda form: (-len(form), form))
        self._any = re.compile("|".join(map(re.escape, (MARK, *self._forms))))

    def redact(self, text: str) -> str:
        """The text without the known values, and without any password in an address.

        Colors of a terminal, which may stand inside of one, and lone surrogates, which no file can hold, are taken out first.
        """
        text = ANSI.sub("", _writable(text)) if "\x1b" in text else _writable(text)
        if any(form in text for form in self._forms):
            text = self._any.sub(MARK, text)
        return _without_passwords(text) if "@" in text else text

    def redact_node(self, node: Any) -> Any:
        """A notebook, or any plain value, with all its texts redacted, keys too; images, which are no text, stay."""
        if isinstance(node, str):
            return self.redact(node)
        if isinstance(node, Mapping):
            pairs = ((key, value if _is_image(key, value) else self.redact_node(value)) for key, value in node.items())
            return type(node)({self.redact_node(key): value for key, value in pairs})  # type: ignore[call-arg]
        if isinstance(node, (list, tuple)):
            return type(node)(map(self.redact_node, _joined(node)))
        return node


def require_long(names: Iterable[str]) -> None:
    """Refuses variables that are not set, and values too short to be told from other text. Raises ReportError."""
    for name in names:
        value = os.environ.get(name)
        if value is None:
            raise ReportError(f"there is no environment variable {name}, so nothing of it can be kept out of a report")
        if value and len(value) < SHORTEST:
            raise ReportError(
                f"environment variable {name}: its value is shorter than {SHORTEST} characters, and would be taken out of every "
                f"other word; a secret is longer"
            )


def holds_password(text: str) -> bool:
    """Whether a text holds an address with a password.

    >>> holds_password("postgresql://ada:secret@host/db"), holds_password("http://localhost:8888/x @y")
    (True, False)
    """
    return any(_located(SLASHES.split(text)))


def _writable(text: str) -> str:
    return text if text.isascii() else text.encode(errors="replace").decode()


def _without_passwords(text: str) -> str:
    pieces = SLASHES.split(text)
    for number, user, password in _located(pieces):
        pieces[number] = f"{user}:{MARK}{pieces[number][len(user) + 1 + len(password) :]}"
    return "".join(pieces)


def _located(pieces: list[str]) -> Iterator[tuple[int, str, str]]:
    """User and password at the beginning of pieces, of a text that is split at the slashes of addresses (each a piece itself)."""
    for number in range(2, len(pieces), 2):
        found = USER_AND_PASSWORD.match(pieces[number]) if "@" in pieces[number] else None
        if found and not (PORT.match(found[2]) and pieces[number - 2].lower().endswith(WEB)):
            yield number, found[1], found[2]


def _joined(items: Iterable[Any]) -> Iterator[Any]:
    """The items, with what was printed in pieces put together: a secret may lie across them."""
    for name, group in groupby(items, _printed_to):
        first, *more = group
        if name is None or not more:
            yield from (first, *more)
        else:
            yield type(first)({**first, "text": "".join(item["text"] for item in (first, *more))})


def _printed_to(item: Any) -> str | None:
    printed = isinstance(item, Mapping) and item.get("output_type") == "stream" and isinstance(item.get("text"), str)
    return str(item.get("name")) if printed else None


def _is_image(key: Any, value: Any) -> bool:
    """Whether it is base64 data: an SVG is text."""
    return isinstance(value, str) and str(key).startswith("image/") and "svg" not in str(key)


def _parts(value: str) -> Iterator[str]:
    """What is secret of a value: all of it, each of its lines, and of an address the password, alone and behind its user."""
    yield from (value, value.strip(), *value.splitlines())
    for address in SLASHES.split(value)[2::2]:
        for reading in (USER_AND_PASSWORD, BEFORE_A_HOST):
            if found := reading.match(address):
                for part in (found[2], f"{found[1]}:{found[2]}"):
                    yield from (part, unquote(part))


def _forms(part: str) -> Iterator[str]:
    """A text as it may be found: plain, in an address, as JSON and Python write it; and each of these in HTML."""
    texts = (part, quote(part, safe=""), quote(part), quote_plus(part), json.dumps(part)[1:-1], repr(part)[1:-1])
    for text in (*texts, json.dumps(part, ensure_ascii=False)[1:-1]):
        yield from (text, html.escape(text), html.escape(text, quote=False))
