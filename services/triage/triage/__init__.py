"""分流与办案: which team gets a case, and how it is handled until it closes."""
