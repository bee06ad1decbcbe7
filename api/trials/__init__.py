"""Trials of a challenger beside what holds, over HTTP."""
