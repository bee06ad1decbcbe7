"""Trials of a challenger beside what serves: laid out, begun, looked at every night, stopped and promoted."""
