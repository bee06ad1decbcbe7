"""Buyers, one a warehouse: each makes a plan, changes lines, approves some of them, changes more, and begins again."""

import random
from decimal import Decimal
from itertools import count
from typing import Any, Final

from tests.bench.storm.asking import Client
from tests.bench.storm.record import Edit, Part, Record

EDITS, LINES_OF_PART, PARTS = 4, 4, 2
THINKS: Final = (0.2, 1.5)  # seconds
REPEATED: Final = 0.3  # of what has an answer is asked again under its key
WITHOUT_VERSION: Final = 0.3  # of edits name no version


class Buyer:
    """One buyer."""

    def __init__(self, client: Client, record: Record, warehouse: str, name: str, chance: random.Random) -> None:
        self._client, self._record, self._warehouse, self._name = client, record, warehouse, name
        self._chance = chance
        self._packs = count(11)  # no two edits want the same

    def buy(self) -> None:
        """Buys until the storm is over."""
        for number in count():
            if not self._client.pause(self._chance.uniform(*THINKS)):
                return
            if (plan_id := self._make_plan(f"{self._warehouse}-{number}")) is None:
                continue
            for _ in range(PARTS):
                self._edit_some(plan_id)
                self._approve_some(plan_id)

    def _make_plan(self, key: str) -> str | None:
        order = {"json": {"warehouse_ids": [self._warehouse], "replace_edited": True}}
        headers = {"Idempotency-Key": key}
        self._record.plans[key] = self._name, None
        answer, _ = self._client.ask("POST", "/v1/purchase-plans", headers=headers, **order)
        if answer is None or not answer.is_success:
            self._refused("plan", answer)
            return None
        plan_id: str = answer.json()["plan_id"]
        self._record.plans[key] = self._name, plan_id
        if self._chance.random() < REPEATED:
            again, _ = self._client.ask("POST", "/v1/purchase-plans", headers=headers, **order)
            if again is not None:
                self._record.count("repeats")
                if again.content != answer.content:
                    self._record.note_unexpected(f"plan {key} asked again is another", again.text)
        return plan_id

    def _lines(self, plan_id: str) -> list[dict[str, Any]]:
        answer, _ = self._client.ask("GET", f"/v1/purchase-plans/{plan_id}/lines", params={"limit": 200})
        found = [] if answer is None or not answer.is_success else answer.json()["items"]
        return [line for line in found if line["pack_size"] and line["approved_at"] is None]

    def _edit_some(self, plan_id: str) -> None:
        lines = self._lines(plan_id)
        for line in self._chance.sample(lines, min(EDITS, len(lines))):
            if not self._client.pause(self._chance.uniform(*THINKS)):
                return
            self._edit(plan_id, line)

    def _edit(self, plan_id: str, line: dict[str, Any]) -> None:
        path = f"/v1/purchase-plans/{plan_id}/lines/{line['line_no']}"
        quantity = Decimal(str(line["pack_size"])) * next(self._packs)
        headers = {} if self._chance.random() < WITHOUT_VERSION else {"If-Match": f'"{line["version"]}"'}
        wanted = {"quantity": str(quantity), "reason_code": "event"}
        answer, unknown = self._client.ask("PATCH", path, json=wanted, headers=headers)
        if answer is not None and answer.status_code == 412 and unknown:  # done before, as far as anybody can tell
            answer, _ = self._client.ask("GET", path)
            if answer is not None and Decimal(str(answer.json()["quantity"])) != quantity:
                return
        kept = answer is not None and answer.is_success
        if answer is not None and not kept:
            self._refused("edit", answer)
            return
        self._record.edits.append(Edit(plan_id, line["line_no"], quantity, kept))

    def _approve_some(self, plan_id: str) -> None:
        if not self._client.pause(self._chance.uniform(*THINKS)):
            return
        lines = self._lines(plan_id)
        chosen = [line["line_no"] for line in self._chance.sample(lines, min(LINES_OF_PART, len(lines)))]
        if not chosen:
            return
        for _ in range(3):  # what has changed since is worked out anew, and approved as it is then
            answer, _ = self._client.ask("POST", f"/v1/purchase-plans/{plan_id}/approve", json={"line_nos": chosen})
            if answer is None:
                return
            if answer.is_success:
                orders = frozenset(answer.json()["purchase_order_ids"])
                self._record.parts.append(Part(plan_id, frozenset(chosen), orders))
                return
            self._refused("approval", answer)

    def _refused(self, what: str, answer: Any) -> None:
        if answer is not None:
            self._record.count(("refused", what, answer.status_code))
            if answer.status_code not in (404, 409, 412):
                self._record.note_unexpected(f"{what} {answer.status_code}", answer.text)
