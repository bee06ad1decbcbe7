"""Days played through the real steps against a scratch database, with buyers who follow different policies."""
