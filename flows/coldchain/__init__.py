"""The steps of the cold chain: readings come in, alarms go out."""
