"""Refuses rows that would give rows kept before another meaning: a unit, a clock, the warehouse of a zone."""

from data.importers.kind import ImportKind, Lasting
from data.importers.rows.known import Known
from data.importers.rows.records import Records


def refuse_what_must_last(records: Records, kind: ImportKind, known: Known) -> None:
    """Refuses the rows that change a column of the kind that must last."""
    for rule in kind.lasting:
        if rule.column in records.texts:
            _refuse_changes(records, rule, known)


def _refuse_changes(records: Records, rule: Lasting, known: Known) -> None:
    keys = [column.name for column in rule.table.__table__.primary_key]
    kept = known.kept(rule.table, records, [rule.column])
    columns = [records.column(name) for name in keys]
    changed = {}
    for row in records.good_rows():
        key = tuple(values[row] for values in columns)
        (old,), new = kept.get(key, (None,)), records.values[rule.column][row]
        if old is not None and new is not None and not rule.same(known, old, new):
            changed[row] = (key[-1], old)
    ids = {id for id, _ in changed.values()}
    rests = {what: known.counts(table, keys[-1], ids) for what, table in rule.rests.items()} if ids else {}
    for row, (id, old) in changed.items():
        resting = ", ".join(f"{what} ({by_id[id]:,})" for what, by_id in rests.items() if id in by_id)
        if resting or not rule.rests:
            reason = f"is not {old}, as {id} is kept" + (f" and what rests on it: {resting}" if resting else "")
            records.refuse(row, rule.column, reason, rule.remedy)
