"""The steps of demand: what is known, training, forecasting, and which models serve."""
