"""The command line: serve, doctor, setup, reports."""
