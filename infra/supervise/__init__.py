"""`./zhixing supervise`: any log supervised with a pack: a foreign one, or our own events."""
