"""A storm over an installation: everything is used at once while processes are killed, the disk fills up, the clock
jumps and the database is away; afterwards what was acknowledged is looked for in the database."""
