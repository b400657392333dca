"""Any query to any route: what cannot be answered is refused with a reason, and nothing breaks."""

from collections.abc import Callable, Sequence

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

Query = list[tuple[str, str]]

some = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
"""The site is asked without being built anew for each example."""

VALUES = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+ -]\d\d:\d\d)", fullmatch=True),
    st.from_regex(r"\d{4}-\d\d(-\d\d)?", fullmatch=True),
    st.dates().map(str),
    st.lists(st.floats().map(str), min_size=3, max_size=5).map(",".join),
    st.integers().map(str),
)


def queries(keys: Sequence[str], *more: str) -> st.SearchStrategy[Query]:
    """Up to four parameters of these names; `more` are values that some of them take."""
    values = VALUES | st.sampled_from(more) if more else VALUES
    return st.lists(st.tuples(st.sampled_from(keys), values), max_size=4)


def assert_answered(ask: Callable[..., httpx.Response], path: str, query: Query) -> None:
    encodable = [(key, value.encode("utf-8", "replace").decode("utf-8")) for key, value in query]
    answer = ask("GET", f"/api/v1/{path}", params=encodable)
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert answer.json()["reason"]
