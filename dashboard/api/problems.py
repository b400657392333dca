"""Answers that say what went wrong: one shape for all of them."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dashboard.api.parameters import BadParameter
from data_sources.errors import StoreError

log = structlog.get_logger("api")

STORE_RETRY_S = 5

REASONS_MAX = 5
"""Parameters that an answer finds fault with; an address can hold thousands."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no answer: a stable code and words for whoever reads it."""

    error: str
    reason: str


def problem(
    status: HTTPStatus, error: str, reason: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A response that tells a problem as JSON; never kept by a cache."""
    body = msgspec.json.encode(Problem(error=error, reason=reason))
    every = {"Cache-Control": "no-store", **(headers or {})}
    return Response(body, status_code=status, media_type="application/json", headers=every)


class NotFound(Exception):
    """What the address names does not exist; the text says what."""


def add_problem_answers(app: FastAPI) -> None:
    """Map exceptions to answers: bad input is never a 500, and a store that is away is a 503."""

    async def bad_parameter(_request: Request, error: Exception) -> Response:
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", str(error))

    async def bad_request(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = error.errors()
        reasons = [_reason(item["loc"], item["msg"]) for item in errors[:REASONS_MAX]]
        if len(errors) > REASONS_MAX:
            reasons.append(f"and {len(errors) - REASONS_MAX} more")
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", "; ".join(reasons))

    async def not_found(_request: Request, error: Exception) -> Response:
        return problem(HTTPStatus.NOT_FOUND, "not_found", str(error))

    async def http_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        words = "there is nothing at this address" if status is HTTPStatus.NOT_FOUND else status.phrase
        return problem(status, status.name.lower(), words, error.headers)

    async def store_away(request: Request, error: Exception) -> Response:
        log.warning("store away", path=request.url.path, reason=str(error))
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "store_unavailable",
            "a store does not answer; /readyz says which; try again shortly",
            {"Retry-After": str(STORE_RETRY_S)},
        )

    app.add_exception_handler(BadParameter, bad_parameter)
    app.add_exception_handler(RequestValidationError, bad_request)
    app.add_exception_handler(NotFound, not_found)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(StoreError, store_away)


def _reason(where: tuple[int | str, ...], message: str) -> str:
    name = ".".join(str(part) for part in where[1:])
    return f"{name}: {message}"
