"""Chance that can be asked for at any time: numbers in [0, 1) by seed, stream and index, in any order.

A generator that is drawn from in sequence would give another past for another beginning. These are hashes
(SplitMix64: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"), so that two years
of hours and the value of now come from the same function.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 1.0 / (1 << 53)


def stream_of(name: str) -> int:
    """The number of a stream by its name, the same in every process."""
    return zlib.crc32(name.encode())


def uniform(seed: int, name: str, index: Indices) -> Floats:
    """A number in [0, 1) for each index."""
    begin = np.uint64((seed * 0x1000003 + stream_of(name)) & 0xFFFFFFFFFFFFFFFF)
    with np.errstate(over="ignore"):
        mixed = np.asarray(index, dtype=np.int64).astype(np.uint64) * _GOLDEN + begin * _MIX_2
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * _TO_UNIT


def one(seed: int, name: str, index: int = 0) -> float:
    """One number in [0, 1)."""
    return float(uniform(seed, name, np.array([index], dtype=np.int64))[0])


def wave(seed: int, name: str, at_s: Floats, every_s: float) -> Floats:
    """A smooth course within -1 and 1 that changes its mind each `every_s` seconds."""
    place = at_s / every_s
    index = np.floor(place).astype(np.int64)
    share = place - index
    ease = share * share * (3 - 2 * share)
    low, high = uniform(seed, name, index), uniform(seed, name, index + 1)
    course: Floats = 2 * (low + (high - low) * ease) - 1
    return course


def counts(seed: int, name: str, index: Indices, mean: Floats) -> Indices:
    """Whole numbers of that mean, spread about it as counts are (a rounded normal in place of Poisson's)."""
    first, second = uniform(seed, name, index), uniform(seed, f"{name}/2", index)
    normal = np.sqrt(-2 * np.log(1 - first)) * np.cos(2 * np.pi * second)
    drawn = np.floor(mean + np.sqrt(np.maximum(mean, 0)) * normal * 0.7 + 0.5)
    whole: Indices = np.maximum(drawn, 0).astype(np.int64)
    return whole
