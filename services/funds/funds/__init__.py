"""案款: the money of cases, from its arrival to its payout."""
