"""Evidence that a log stands as it was written: its chain verified, its head noted for later."""
