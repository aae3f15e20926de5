"""财产处置: turning property into money, from the handler's instruction on."""
