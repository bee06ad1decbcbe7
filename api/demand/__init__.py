"""Forecasts over HTTP, by day and by hour, what promotions did and would do."""
