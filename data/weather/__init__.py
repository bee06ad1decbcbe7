"""Sources of weather: what was observed at a warehouse, and what is forecast for it."""
