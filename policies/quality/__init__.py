"""How good is a pool of generated images? Measures, each beside its floor."""
