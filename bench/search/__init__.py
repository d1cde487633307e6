"""Which augmentation is worth having on a data set, found within a budget of time?"""
