"""What changes of ranges came to once their weeks are over, beside what was promised."""
