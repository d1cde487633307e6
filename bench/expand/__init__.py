"""An enlarged training set as files on a disk."""
