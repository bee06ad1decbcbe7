"""What the body of an import holds: CSV as it would stand in a file, or rows as JSON objects."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api import long_json
from api.middleware.bodies import CSV, media_type_of
from api.problems import Malformed
from data.importers.kinds.example_rows import EXAMPLE_ROWS
from data.importers.rows.files import CsvTable
from data.importers.rows.given import GivenRows
from data.importers.rows.tables import Table

NAME = "body"  # what messages call the table
PLAIN: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}


@dataclass(frozen=True)
class Sent:
    """A body that is not read yet, and what it says it is."""

    media_type: str
    body: bytes


class SentRows(BaseModel):
    """Rows by the columns of the kind, the same columns in each; null is an empty cell."""

    rows: list[dict[str, Any]] = Field(
        min_length=1,
        json_schema_extra={"items": {"type": "object", "minProperties": 1, "additionalProperties": PLAIN}},
    )

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"rows": [{"warehouse_id": "W01", "product_id": "P0001", "quantity": 26}]}],
        },
    )


async def sent(request: Request) -> Sent:
    """The body of the request."""
    return Sent(media_type_of(request.headers), await request.body())


def table_of(sent: Sent) -> Table:
    """The table that was sent. Raises Malformed for no JSON, RequestValidationError for JSON of another form,
    BadFile for CSV that is none."""
    if sent.media_type == CSV:
        return CsvTable(NAME, lambda: BytesIO(sent.body))
    try:
        rows = long_json.loads(sent.body)
    except ValueError:
        raise Malformed() from None
    try:
        return GivenRows(NAME, SentRows.model_validate(rows).rows)
    except ValidationError as error:
        errors = error.errors(include_input=False, include_url=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in errors]) from error


_STOCK = EXAMPLE_ROWS["stock"]
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/SentRows"}},
            CSV: {
                "schema": {"type": "string", "description": "UTF-8, commas, a header with the columns' names"},
                "example": f"{','.join(_STOCK)}\n{','.join(_STOCK.values())}\n",
            },
        },
    }
}
