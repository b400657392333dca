"""Sheets that agencies hand in: CSV or XLSX in, observations and reasons out. Pure but for `handing_in`.

`workbook` makes rows of cells out of bytes, `table` finds header and layout, `figures`, `periods`, `names`
and `units` read cells, `planning` puts it together, `quality` marks what looks odd.
"""
