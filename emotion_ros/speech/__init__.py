"""Speech: which parts of the sound are one."""
