"""What is done to images: specs, draws, engines and policies. Knows nothing of training."""
