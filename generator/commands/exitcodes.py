"""Exit codes of the command line; `diff` has its own."""

IN_ORDER, FINDINGS, MISTAKE = 0, 1, 2
