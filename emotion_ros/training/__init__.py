"""Training: from corpora to a saved model."""
