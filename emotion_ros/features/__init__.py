"""Features of the voice, by openSMILE and as a spectrogram, computed while the person speaks."""
