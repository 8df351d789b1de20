"""Metrics, traces and a log of slow calls. Imported only where it is configured."""
