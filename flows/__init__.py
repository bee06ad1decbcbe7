"""When it happens: the steps of the day, the Prefect flows around them and the command line."""
