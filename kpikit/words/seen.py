"""What is not seen in a text and acts all the same: one set of it, and one mark in its place, for every format."""

from __future__ import annotations

#: controls but tab and line ends, marks that turn the letters after them around, line ends in disguise, halves of letters
UNSEEN = dict.fromkeys(
    (
        *range(9), 11, 12, *range(14, 32), *range(127, 160), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F),
        *range(0x2066, 0x206A), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF,
    ),
    "\N{REPLACEMENT CHARACTER}",
)  # fmt: skip


def visible(text: str) -> str:
    """A text in which a mark stands for each letter that acts without being seen; XML can hold it.

    >>> visible("invoice\u202egnp.exe")
    'invoice�gnp.exe'
    """
    return text.translate(UNSEEN)
