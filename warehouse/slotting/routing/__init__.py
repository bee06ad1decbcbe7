"""How far a picker walks for a tour through a floor of parallel aisles, by the rule that the warehouse routes by."""
