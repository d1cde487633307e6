"""How the networks of a GAN learn: losses, steps, and the loop around them."""
