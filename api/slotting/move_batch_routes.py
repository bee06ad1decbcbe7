"""What batches of moves were worth, over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from api.pagination import Page, PageQuery, rows_of_page
from api.places.place_queries import known_warehouse
from api.problems import NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from api.values import PathId
from data.tables import MoveBatchRow
from flows.slotting.proving import ProvedBatch, proved_batches
from warehouse.slotting.proof.gains import Gain

router = Router(tags=["slots and moves"])
Reader = Annotated[Principal, requires(Scope.READ)]


class GainOut(BaseModel):
    """Metres that pickers walk for an order line without and with moves, by so many order lines."""

    metres_per_line_before: float
    metres_per_line_after: float
    metres_per_line_saved: float
    lines: int

    @classmethod
    def of(cls, gain: Gain | None) -> "GainOut | None":
        if gain is None:
            return None
        return cls(
            metres_per_line_before=round(gain.before, 2),
            metres_per_line_after=round(gain.after, 2),
            metres_per_line_saved=round(gain.metres_a_line, 2),
            lines=gain.lines,
        )


class MoveBatchOut(BaseModel):
    """Moves suggested together: what was expected of all of them, and what those that are done have saved."""

    batch_id: str
    created_at: datetime
    moves: int
    done: int
    expected: GainOut | None = Field(
        description="of all moves, on orders to come, by those that were known; null: none were"
    )
    done_at: datetime | None = Field(description="when the last of those that are done was; null: none is")
    walked: GainOut | None = Field(
        description="by the orders of two weeks since `done_at`, without and with what is done; null: none came"
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "batch_id": "6b1f0d9c2e5a4c7d8f3b1a2c3d4e5f60",
                    "created_at": "2026-11-08T16:30:00Z",
                    "moves": 20,
                    "done": 18,
                    "expected": {
                        "metres_per_line_before": 33.9,
                        "metres_per_line_after": 32.1,
                        "metres_per_line_saved": 1.8,
                        "lines": 48210,
                    },
                    "done_at": "2026-11-09T06:10:00Z",
                    "walked": {
                        "metres_per_line_before": 34.2,
                        "metres_per_line_after": 32.5,
                        "metres_per_line_saved": 1.7,
                        "lines": 21034,
                    },
                }
            ]
        }
    )


class BatchesQuery(PageQuery):
    """Which batches; each is walked when it is asked for."""

    limit: int = Field(10, ge=1, le=50, description="rows in a page")


@router.get("/warehouses/{warehouse_id}/move-batches", responses=responses(NotFound))
def list_move_batches(
    session: ReadSession, now: Now, who: Reader, warehouse_id: PathId, asked: Annotated[BatchesQuery, Query()]
) -> Page[MoveBatchOut]:
    """The batches of moves of a warehouse, the latest first. What they saved is worked out anew each time."""
    place = known_warehouse(session, warehouse_id)
    query = select(MoveBatchRow).where(MoveBatchRow.warehouse_id == warehouse_id)
    key = [MoveBatchRow.created_at, MoveBatchRow.batch_id]
    rows, following = rows_of_page(session, query, key, asked, newest_first=True)
    proved = proved_batches(session, place, [row.MoveBatchRow for row in rows], now)
    return Page(items=[_shown(one) for one in proved], next=following)


def _shown(one: ProvedBatch) -> MoveBatchOut:
    return MoveBatchOut(
        batch_id=one.batch.batch_id,
        created_at=one.batch.created_at,
        moves=one.moves,
        done=one.done,
        expected=GainOut.of(one.expected),
        done_at=one.since,
        walked=GainOut.of(one.walked),
    )
