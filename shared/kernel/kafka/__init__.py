"""The second carrier, for who outgrows one machine: a relay per service produces, consumer groups take."""
