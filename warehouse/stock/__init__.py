"""Stock by age: what is usable on which day, and what expires first."""
