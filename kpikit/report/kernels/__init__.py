"""Warm kernels: one process imports the heavy libraries once, and each notebook's kernel is forked from it."""
