"""Features of the voice, by openSMILE, computed while the person speaks."""
