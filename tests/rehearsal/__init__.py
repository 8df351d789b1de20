"""A rehearsal of upgrades: `make rehearse`."""
