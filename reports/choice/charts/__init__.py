"""The charts of a search: what each augmentation gains, and the path to the answer."""
