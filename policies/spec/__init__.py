"""What may happen to an image: the spec, its words, and the draws that it gives."""
