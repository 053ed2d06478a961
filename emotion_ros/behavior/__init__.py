"""What a robot does about the emotions that it hears: when, and what sounds."""
