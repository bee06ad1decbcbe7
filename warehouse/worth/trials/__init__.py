"""Champion and challenger, compared by warehouse: designs, contrasts, when a trial stops, how long it takes."""
