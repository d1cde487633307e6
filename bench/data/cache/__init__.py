"""The user's cache folder, and the decoded pixels in it."""
