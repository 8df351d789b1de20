"""The MCP definitions of every tool, one JSON file per module of `xo_mcp.tools`, loaded at start as they are."""
