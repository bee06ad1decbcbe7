"""How suppliers kept to what was ordered: a table for buyers, and a sheet that a farm is shown."""
