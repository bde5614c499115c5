"""The small shapes, beside a series, that questions are asked of, each with the contract of its table."""

from kpikit.shapes.measurement import Measurement

__all__ = ["Measurement"]
