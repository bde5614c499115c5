"""The parts of a before/after: its sides, its course as arrays, estimators, checks, where it came from, worth and grade."""
