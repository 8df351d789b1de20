"""The server for minutes under everything at once: broken answers, clients that leave, an end in the middle of work."""
