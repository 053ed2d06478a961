"""Speech emotion recognition for robots: voice in, emotion out."""

__version__ = '0.1.0'
