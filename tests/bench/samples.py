"""Arithmetic on samples."""

from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed; ValueError without values."""
    if not values:
        raise ValueError("no samples")
    ordered = sorted(values)
    place = max(0, -(-len(ordered) * round(share * 100) // 100) - 1)
    return ordered[place]


def mean(values: Sequence[float]) -> float:
    """The average; ValueError without values."""
    if not values:
        raise ValueError("no samples")
    return sum(values) / len(values)
