"""How good forecasts were, judged from outside: scores, yardsticks, replays and the gate."""
