"""How days are staffed with couriers, for a shift system, and on what terms."""
