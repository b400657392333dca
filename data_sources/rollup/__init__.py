"""The rollup process: rolls history, observes this platform itself, computes indicators
(docs/indicators.md)."""
