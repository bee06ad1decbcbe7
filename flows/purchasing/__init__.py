"""The steps of purchasing: a plan is made, edited and approved."""
