"""Kinds of rows as the API describes them, and what became of an import."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.importing.import_rights import OF_ALL_WAREHOUSES, scopes_of
from api.problems import WrongValue
from api.security import Scope
from data.importers.bad_rows import LISTED
from data.importers.importing import KINDS
from data.importers.kind import Column, ImportKind
from data.importers.kinds.example_rows import EXAMPLE_ROWS
from data.importers.kinds.whole_stock import QUANTITIES
from data.importers.problems import BadRow
from data.importers.result import ImportResult


class ColumnOut(BaseModel):
    """A column. `refers` is the kind whose ids it must be one of."""

    name: str = Field(examples=["quantity"])
    type: str = Field(examples=["decimal, 3 places"])
    unit: str | None = Field(examples=["product's unit"])
    required: bool
    meaning: str = Field(examples=["how much is there"])
    refers: str | None = Field(examples=[None])
    example: str = Field(examples=["26"])

    @classmethod
    def of(cls, kind: ImportKind, column: Column) -> "ColumnOut":
        return cls(
            name=column.name,
            type=column.type.name,
            unit=column.unit or None,
            required=column.required,
            meaning=column.meaning,
            refers=column.refers,
            example=EXAMPLE_ROWS[kind.name][column.name],
        )


def _with_example(schema: dict[str, Any]) -> None:
    schema["examples"] = [ImportKindOut.of(KINDS["sensors"]).model_dump(mode="json")]


class ImportKindOut(BaseModel):
    """A kind of rows that can be imported. A row replaces the one that has its `key`."""

    model_config = ConfigDict(json_schema_extra=_with_example)

    kind: str = Field(examples=["stock"])
    summary: str = Field(examples=["How much of each product there is, for a shop that does not know its lots."])
    columns: list[ColumnOut]
    key: list[str] = Field(examples=[["warehouse_id", "product_id"]])
    rules: list[str] = Field(examples=[["A row says all that there is of its product, besides blocked lots."]])
    scopes: list[Scope] = Field(description="one of them is needed to import it")
    of_all_warehouses: bool = Field(description="keys of some warehouses may not import it")
    options: list[str] = Field(examples=[["skip_bad_rows", "whole_stock", "counted_at"]])

    @classmethod
    def of(cls, kind: ImportKind) -> "ImportKindOut":
        return cls(
            kind=kind.name,
            summary=kind.summary,
            columns=[ColumnOut.of(kind, column) for column in kind.columns],
            key=list(kind.once[0].key),
            rules=list(kind.rules),
            scopes=scopes_of(kind.name),
            of_all_warehouses=kind.name in OF_ALL_WAREHOUSES,
            options=["skip_bad_rows", *(["whole_stock", "counted_at"] if kind.name in QUANTITIES else [])],
        )


class ImportedOut(BaseModel):
    """What became of an import. Rows that were there already as they came count among `rows` too."""

    kind: str
    rows: int = Field(description="how many are kept as they came")
    bad_rows: int = Field(description="how many were left out: 0 unless skip_bad_rows was asked for")
    left_out: list[WrongValue] = Field(description=f"where they stand and what is wrong, of the first {LISTED:,}")
    notes: list[str] = Field(description="what else came of it, in sentences: deliveries, alarms, lots counted as 0")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "lots",
                    "rows": 212,
                    "bad_rows": 1,
                    "left_out": [
                        {
                            "in": "body",
                            "field": "rows[17].expires_on",
                            "detail": "'2026-03-41' is not a day. Write year-month-day, as 2026-03-01.",
                        }
                    ],
                    "notes": ["9 of 12 new receipts were for purchase orders."],
                }
            ]
        },
    )

    @classmethod
    def of(cls, kind: str, result: ImportResult) -> "ImportedOut":
        return cls(
            kind=kind,
            rows=result.rows,
            bad_rows=result.bad_rows,
            left_out=list(map(wrong_value, result.left_out)),
            notes=list(result.notes),
        )


def wrong_value(bad: BadRow) -> WrongValue:
    """A bad row as problems tell what is wrong: `rows[17].expires_on`, of CSV `line 19, column expires_on`."""
    joined = "." if bad.place.endswith("]") else ", column "
    field = bad.place if bad.column is None else f"{bad.place}{joined}{bad.column}"
    return WrongValue(part="body", field=field, detail=bad.said)
