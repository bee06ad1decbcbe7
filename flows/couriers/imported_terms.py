"""Terms of couriers from a file, refused where they contradict each other or what is kept of their warehouse."""

from dataclasses import replace

from data.importers.followed_kind import FollowedKind
from data.importers.kinds.courier_kinds import COURIER_TERMS, TERMS
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from flows.couriers.terms import as_terms
from warehouse.couriers.terms import ImpossibleTerms

COLUMNS = {f"{part}.{name}": column for part, columns in TERMS.items() for column, name in columns.items()}


def followed_courier_terms() -> FollowedKind:
    """Terms that can be planned with."""
    return FollowedKind(replace(COURIER_TERMS, complete=_complete))


def _complete(records: Records, known: Known) -> None:
    COURIER_TERMS.complete(records, known)
    for row in list(records.good_rows()):
        try:
            as_terms(records.values["terms"][row])
        except ImpossibleTerms as wrong:
            column = COLUMNS[wrong.term]
            reason = f"makes terms that cannot be: {wrong.reason}"
            records.refuse(row, column if column in records.texts else None, reason, wrong.remedy)
