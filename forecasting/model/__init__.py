"""The demand model: how it is trained, what it keeps, and what it forecasts."""
