"""The MCP server: tools, resources, prompts and one session with XO."""
