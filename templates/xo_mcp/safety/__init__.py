"""What is offered, what is checked, what is asked and what is recorded."""
