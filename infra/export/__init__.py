"""`./zhixing export`: our own cases for the tools of process mining."""
