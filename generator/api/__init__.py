"""Reading facts: the operations and schemas of an API."""
