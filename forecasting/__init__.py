"""What will be wanted: frames in, forecasts out. Knows no database, clock, network or framework."""
