"""How suppliers kept to what was ordered, over HTTP: their scorecards."""
