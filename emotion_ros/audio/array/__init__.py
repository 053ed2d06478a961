"""Microphone arrays: where a voice comes from, and the sound of that direction."""
