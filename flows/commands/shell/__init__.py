"""Between the shell and a command: how it is found, what it is asked, and how it answers."""
