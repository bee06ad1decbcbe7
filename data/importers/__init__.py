"""Ways in: documented tables (CSV, Parquet) and the recorded data sets, each row checked before it is kept."""
