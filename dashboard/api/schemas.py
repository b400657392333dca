"""Descriptions of the answers for OpenAPI, taken from the very structs that are encoded."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from fastapi import FastAPI

from dashboard.api.problems import Problem

PREFIX = "/api/v1"
_REF = "#/components/schemas/{name}"
_PROBLEMS = {
    422: "A parameter is not allowed; the reason names it",
    503: "A store does not answer; try again after `Retry-After` seconds",
}

Responses = dict[int | str, dict[str, Any]]


def described(
    answer: type, media_type: str = "application/json", *, not_found: str | None = None
) -> Responses:
    """`responses` of a route that answers `answer` (a struct, or bytes) and may tell a problem."""
    if answer is bytes:
        schema: dict[str, Any] = {"type": "string", "format": "binary"}
    else:
        schema = {"$ref": _REF.format(name=answer.__name__)}
    told = {"application/json": {"schema": {"$ref": _REF.format(name=Problem.__name__)}}}
    problems = {**_PROBLEMS, **({404: not_found} if not_found else {})}
    return {
        200: {"description": "The answer", "content": {media_type: {"schema": schema}}},
        **{status: {"description": words, "content": told} for status, words in sorted(problems.items())},
    }


def describe_answers(app: FastAPI, answers: Sequence[type]) -> None:
    """Give the application's OpenAPI document the schemas of `answers`; it is made when first asked for."""
    of_routes = app.openapi

    @cache
    def document() -> dict[str, Any]:
        made = of_routes()
        _, schemas = msgspec.json.schema_components([*answers, Problem], ref_template=_REF)
        made.setdefault("components", {}).setdefault("schemas", {}).update(schemas)
        return made

    app.openapi = document  # type: ignore[method-assign]
