"""What lots lost after receipt: what was rejected before dispatch and what customers complained about, as shares of
what was accepted of each lot.

Only some goods are looked at before dispatch, and a complaint names nothing that was good. So what is lost counts
against all that was accepted at receipt: what nobody looked at and nobody complained about was sold as good.
"""

import pandas as pd


def shares_of_lots_lost(receipts: pd.DataFrame, lost: pd.DataFrame) -> pd.DataFrame:
    """One row for each receipt of which anything was accepted, as a further inspection of it: product_id, supplier_id,
    inspected (what was accepted), accepted (what was not lost of it).

    receipts  product_id, supplier_id, accepted, lot (any name of it; NaN: not known)
    lost      lot, product_id, supplier_id (each NaN where not known), quantity; of no lot among the receipts it falls
              evenly on those of its product and supplier, of no supplier on those of its product
    """
    rows = receipts.loc[receipts["accepted"] > 0, ["product_id", "supplier_id", "accepted", "lot"]]
    of_known_lot = lost["lot"].isin(rows["lot"].dropna())
    from_known = pd.MultiIndex.from_frame(lost[["product_id", "supplier_id"]]).isin(
        pd.MultiIndex.from_frame(rows[["product_id", "supplier_id"]])
    )
    share = pd.Series(0.0, index=rows.index)
    for keys, of_it in (
        (["lot"], of_known_lot),
        (["product_id", "supplier_id"], ~of_known_lot & from_known),
        (["product_id"], ~of_known_lot & ~from_known),
    ):
        if of_it.any():
            share += _share_lost(rows, lost[of_it], keys)
    kept = rows["accepted"] * (1 - share.clip(upper=1.0))
    return rows.assign(inspected=rows["accepted"], accepted=kept).drop(columns="lot")


def _share_lost(rows: pd.DataFrame, lost: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Of each row, what was lost of those alike over what was accepted of them."""
    gone = lost.groupby(keys)["quantity"].sum().rename("gone").reset_index()
    accepted = rows.groupby(keys)["accepted"].transform("sum")
    of_row = rows[keys].merge(gone, on=keys, how="left")["gone"].fillna(0.0)
    share: pd.Series = of_row.set_axis(rows.index) / accepted
    return share.fillna(0.0)
