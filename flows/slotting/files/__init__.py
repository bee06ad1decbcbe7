"""A floor, an assignment and picks from files: walked, assigned and improved without a database."""
