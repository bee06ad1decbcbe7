"""When fans and coolers are started and stopped."""
