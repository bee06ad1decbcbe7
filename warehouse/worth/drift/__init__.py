"""Whether a warehouse's forecasts err otherwise than they did: too high, too low, or by more."""
