"""Which candidates turn one class into another, before any training is spent on them?"""
