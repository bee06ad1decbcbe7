"""What outside systems know, brought in: documented tables, from files or as they are sent."""
