"""What came and went with which XO release."""
