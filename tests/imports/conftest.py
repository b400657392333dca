"""Sheets are handed in to every store that there is: those of tests/stores."""

from tests.stores.conftest import history

__all__ = ["history"]
