"""What uses the policies: data, training, running, the command line. Nothing heavy at import."""
