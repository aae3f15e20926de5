"""财产查控: enquiries for property, what they found, and the measures on things and persons."""
