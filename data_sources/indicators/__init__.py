"""Indicators: series in, figures out. Formulas are pure functions of what was observed and of the times that
are asked about; the engine judges what they give (docs/indicators.md)."""
