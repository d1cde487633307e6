"""Generators and discriminators, and the layers that they are made of."""
