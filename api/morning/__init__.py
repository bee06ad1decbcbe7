"""What it was worth, over HTTP: the morning report and the targets of its figures."""
