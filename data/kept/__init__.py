"""What is written back: forecasts by the hour, recovered demand, sales booked from orders."""
