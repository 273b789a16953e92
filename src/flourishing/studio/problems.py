"""The one place where an error becomes problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from flourishing.errors import (
    FlourishingError,
    GardenError,
    InputError,
    ModelError,
    OverloadedError,
    StorageError,
)


class Problem(BaseModel):
    """What went wrong, and what to do about it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    hint: str


class MissingError(InputError):
    """Something that was asked for by its number or name, and is not there."""


class BusyError(InputError):
    """Something that cannot be done while something else is going on."""


class TooManyError(InputError):
    """One more of something of which there are as many as there may be."""


class NotYoursError(InputError):
    """Something that only whoever started the studio on this machine may do."""


_INVALID: Final = "It cannot be used as it is"
_STATUS: Final[tuple[tuple[type[FlourishingError], int, str], ...]] = (
    (MissingError, 404, "It is not there"),
    (NotYoursError, 403, "Not from here"),
    (TooManyError, 429, "Too many at once"),
    (BusyError, 409, "Something else is going on"),
    (InputError, 422, _INVALID),
    (ModelError, 502, "The base model failed"),
    (StorageError, 507, "It could not be stored"),
    (GardenError, 503, "The garden cannot be used"),
    (OverloadedError, 503, "Too much at once"),
)
"""The first that fits says it."""
_RESPONSES: Final = (400, 401, 403, 404, 409, 413, 421, 422, 429, 502, 503, 507)


def problem_of(error: FlourishingError) -> Problem:
    """Give an error as a problem.

    Args:
        error: The error.
    """
    status, title = next(
        ((status, title) for kind, status, title in _STATUS if isinstance(error, kind)),
        (500, "It failed"),
    )
    return Problem(title=title, status=status, detail=str(error), hint=error.hint)


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Give a problem as a response.

    Args:
        problem: The problem.
        headers: Further headers of the response; None for none.
    """
    # What is quoted may have half a surrogate pair, which no answer can hold.
    values = {
        name: value.encode("utf-8", "backslashreplace").decode()
        if isinstance(value, str)
        else value
        for name, value in problem.model_dump().items()
    }
    return JSONResponse(
        values,
        status_code=problem.status,
        media_type="application/problem+json",
        headers=dict(headers or {}),
    )


def make_router(prefix: str, tag: str) -> APIRouter:
    """Make a router whose operations are described with the problems that they may answer.

    Args:
        prefix: What all its paths begin with.
        tag: The heading of its operations in the description of the API.
    """
    return APIRouter(prefix=prefix, tags=[tag], responses=_described())


def _described() -> dict[int | str, dict[str, Any]]:
    """Describe for the API's description how problems are sent.

    No `model` is named: FastAPI would make one of its own for each status of each route, which
    took most of the time and memory of making the application.
    """
    content = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": content},
        }
        for status in _RESPONSES
    }


def install(app: FastAPI) -> None:
    """Let the application answer its errors as problems.

    Args:
        app: The application.
    """
    app.exception_handler(FlourishingError)(_failed)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_refused)


async def _failed(_: Request, error: FlourishingError) -> JSONResponse:
    return answer(problem_of(error))


async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    errors = "; ".join(
        f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()
    )
    detail = f"The request cannot be read: {errors}."
    hint = "See /openapi.json for what can be asked."
    return answer(Problem(title=_INVALID, status=422, detail=detail[:2000], hint=hint))


async def _refused(_: Request, error: HTTPException) -> JSONResponse:
    phrase = HTTPStatus(error.status_code).phrase
    hint = "See /openapi.json for what can be asked."
    problem = Problem(title=phrase, status=error.status_code, detail=str(error.detail), hint=hint)
    return answer(problem, error.headers)
