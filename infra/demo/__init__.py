"""A seeded caseload, played through the services' own HTTP APIs under a discrete-event clock."""
