"""Watching the server from outside: metrics, spans, a log of what is slow. Imported only where it is configured."""
