"""Made worlds whose true demand is known, and the tables of coverage that forecasts are judged by in them."""
