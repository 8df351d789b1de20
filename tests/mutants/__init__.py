"""Would a test notice? Changes the library in small ways, in a copy, and sees whether tests fail: `make mutants`."""
