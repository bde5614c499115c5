"""Disclosure: small counts are hidden, and so is what would give them away."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from kpikit.stats.disclosure import hidden


def crossed(rows):
    """A table of people by row and column as hidden sees it: whole, rows, columns, cells; and the lines."""
    cells = np.asarray(rows)
    high, wide = cells.shape[:2]
    flat = np.concatenate([[cells.sum((0, 1))], cells.sum(1), cells.sum(0), cells.reshape(high * wide, -1)])

    def at(r, c):
        return 1 + high + wide + r * wide + c

    lines = [(0, range(1, 1 + high)), (0, range(1 + high, 1 + high + wide))]
    lines += [(1 + r, [at(r, c) for c in range(wide)]) for r in range(high)]
    lines += [(1 + high + c, [at(r, c) for r in range(high)]) for c in range(wide)]
    return flat, lines


def test_what_is_large_enough_stays():
    small, others = hidden([[20, 80], [9, 41], [11, 39]], [(0, [1, 2])])
    assert not small.any()
    assert not others.any()


def test_any_kind_of_person_under_five_hides_the_row():
    small, _ = hidden([[50, 30], [4, 10], [5, 5], [30, 2]], [])
    assert small.tolist() == [False, True, False, True]


def test_a_single_hidden_row_takes_the_smallest_other_with_it():
    small, others = hidden([[100], [3], [60], [37]], [(0, [1, 2, 3])])
    assert small.tolist() == [False, True, False, False]
    assert others.tolist() == [False, False, False, True]


def test_a_row_that_is_dear_is_hidden_last():
    _, others = hidden([[100], [3], [60], [37]], [(0, [1, 2, 3])], dear=[3])
    assert others.tolist() == [False, False, True, False]


def test_hidden_rows_that_are_under_five_together_take_another_with_them():
    _, others = hidden([[100], [1], [2], [60], [37]], [(0, [1, 2, 3, 4])])
    assert others.tolist() == [False, False, False, False, True]


def test_in_a_crossed_table_a_hidden_cell_takes_a_rectangle_with_it():
    flat, lines = crossed([[[3], [20], [30]], [[15], [40], [50]], [[25], [60], [70]]])
    small, others = hidden(flat, lines)
    assert small.sum() == 1
    assert others.sum() == 3  # one more in its row, in its column, and the corner that both leave


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=4), min_size=3, max_size=4).filter(
        lambda x: len({len(r) for r in x}) == 1
    )
)
def test_no_hidden_cell_follows_from_what_is_shown(rows):
    """For each hidden cell a linear programme finds another table with the same shown numbers (counts may be fractions)."""
    flat, lines = crossed(np.asarray(rows)[:, :, None] + 2)
    small, others = hidden(flat, lines)
    gone = np.flatnonzero(small | others)
    if not len(gone):
        return
    place = {row: at for at, row in enumerate(gone)}
    matrix, given_ = [], []
    for total, parts in lines:
        row, known = np.zeros(len(gone)), 0.0
        for part, sign in [*((part, 1) for part in parts), (total, -1)]:
            if part in place:
                row[place[part]] += sign
            else:
                known -= sign * flat[part, 0]
        if row.any():
            matrix.append(row)
            given_.append(known)
    for row in gone:
        ends = [linprog(s * np.eye(len(gone))[place[row]], A_eq=matrix, b_eq=given_, bounds=(None, None)).status for s in (1, -1)]
        assert ends == [3, 3], "unbounded both ways: it cannot be told"
