"""Documents of other products: `make foreign`."""
