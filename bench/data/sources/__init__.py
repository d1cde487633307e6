"""Each form of DATA, from what a user has to rows with a way to their pixels."""
