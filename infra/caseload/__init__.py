"""A court's open caseload (存量案件): from a file of JSON Lines into the logs of the services. See docs/import.md."""
