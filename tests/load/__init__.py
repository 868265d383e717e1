"""The whole product under load."""
