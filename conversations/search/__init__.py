"""Search over a user's own messages and titles."""
