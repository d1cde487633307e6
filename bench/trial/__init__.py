"""One trial: a block set up, a classifier trained and measured."""
