"""How many customers' orders a warehouse gets in each half hour of the next days, and how sure that is."""
