"""new-case and flags: cases written from what a table holds and what a user says."""

from kpikit.authoring.drafts import new_case
from kpikit.authoring.flags import case_from_flags, case_of_flags, guessed_flags
from kpikit.authoring.guessing import guess_roles

__all__ = ["case_from_flags", "case_of_flags", "guess_roles", "guessed_flags", "new_case"]
