"""监督: what is overdue, what falls due, who carries how much: derived from the events of all services."""
