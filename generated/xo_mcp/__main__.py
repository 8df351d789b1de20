"""`python -m xo_mcp` does what `xen-orchestra-mcp` does."""

from xo_mcp.program.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
