"""The network: its saved form, its back ends and what it says of an utterance."""
