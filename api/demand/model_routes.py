"""The model that forecasts a warehouse: which rung of the ladder serves, why, and what it cannot see."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from api import texts
from api.places.place_queries import known_warehouse
from api.problems import NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from api.values import PathId
from data.languages import say
from data.tables import DemandModelRow
from flows.demand.models.model_registry import choices_serving, serving
from forecasting.model.choice import REACHES

router = Router(tags=["forecasts"])


class ChoiceOut(BaseModel):
    """What forecasts some days ahead: `exponential_smoothing`, `regression` or `lightgbm`.

    `losses` say how far each of them missed on the `held_out_days`, over how far smoothing did; the least serves. None
    are there where too few days are known to compare them and the level alone serves. It takes no account of some of
    `prices`, `promotions`, `weather` and `holidays` whatever is known; of others, `events` and the `season` too, it has
    not learned for want of examples."""

    rung: str
    held_out_days: int
    losses: dict[str, float]
    takes_no_account_of: list[str]
    not_learned: list[str]

    model_config = ConfigDict(from_attributes=True)


class ServingModelOut(BaseModel):
    """The model that serves a warehouse, by its id in `freshfront models list`; `origin` is what it was trained up to.

    `tomorrow` is null where the model was trained before choices were kept, `further_days` too where it forecasts one
    day."""

    model_id: str
    region_model_id: str | None
    origin: datetime
    trained_at: datetime
    tomorrow: ChoiceOut | None
    further_days: ChoiceOut | None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model_id": "0f3c9d6c1b7a48e2",
                    "region_model_id": "9a1be0d2c45f77e3",
                    "origin": "2026-11-21T16:00:00Z",
                    "trained_at": "2026-11-21T18:05:00Z",
                    "tomorrow": {
                        "rung": "regression",
                        "held_out_days": 40,
                        "losses": {"exponential_smoothing": 1.0, "regression": 0.82, "lightgbm": 0.88},
                        "takes_no_account_of": [],
                        "not_learned": ["promotions", "season"],
                    },
                    "further_days": None,
                }
            ]
        },
    )


@router.get("/warehouses/{warehouse_id}/model", responses=responses(NotFound))
def read_serving_model(
    session: ReadSession, now: Now, who: Annotated[Principal, requires(Scope.READ)], warehouse_id: PathId
) -> ServingModelOut:
    """The model that forecasts a warehouse's demand now, by how much it is the best, and what it cannot see."""
    known_warehouse(session, warehouse_id)
    model = _serving_model(session, warehouse_id, now)
    choices = choices_serving(session, warehouse_id, now)
    tomorrow, further = (
        None if (choice := choices.get(reach)) is None else ChoiceOut.model_validate(choice) for reach in REACHES
    )
    return ServingModelOut(
        model_id=model.model_id,
        region_model_id=model.region_model_id,
        origin=model.origin,
        trained_at=model.trained_at,
        tomorrow=tomorrow,
        further_days=further,
    )


def _serving_model(session: Session, warehouse_id: str, now: datetime) -> DemandModelRow:
    found = session.scalars(serving(warehouse_id, now)).first()
    if found is None:
        raise NotFound(say(texts.NO_MODEL, id=warehouse_id))
    return found
