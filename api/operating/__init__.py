"""What an operator asks: alive, ready, figures."""
