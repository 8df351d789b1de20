"""What must not be shown: secrets, logins, and what XO keeps to itself."""
