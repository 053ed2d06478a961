"""Recordings of emotional speech: who speaks, in which language, with which emotion."""
