"""The steps of slotting: slots and moves are suggested, moves are settled."""
