"""The couriers of a day: orders, who is there, and what share arrives in time."""
