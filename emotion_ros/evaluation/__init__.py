"""Evaluation: how well answers fit the truth, as numbers, pictures and a report."""
