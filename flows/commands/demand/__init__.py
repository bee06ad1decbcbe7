"""Commands about demand: sales booked, models trained and compared, forecasts, what promotions do."""
