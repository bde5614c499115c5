"""case -> papermill -> reports/: each case in its own process, whole or absent, and an index of them all."""
