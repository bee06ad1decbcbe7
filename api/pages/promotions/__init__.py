"""What promotions did beside what was planned: a table of them, and a card of one."""
