"""Tests that need the heavy engines: Spark and PostgreSQL; `make test-heavy` runs them."""
