"""What to do about it: stock, purchasing, slotting, cold chain. Knows no database, clock, network or framework."""
