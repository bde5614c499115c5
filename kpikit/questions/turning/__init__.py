"""The parts of `seasons`: a series by the phases of its cycle, and the season of its value and counts."""
