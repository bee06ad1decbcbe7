"""What a list of moves amounts to, in sentences: what rules demand and what that costs, then what saves walking."""

from api.pages.texts.formats import metres
from api.pages.texts.words import say
from flows.slotting.open_moves import OpenMoves


def list_sentences(moves: OpenMoves) -> list[str]:
    """How to work, and what the demanded and the other moves are worth; none where nothing is to be done."""
    if not moves.moves:
        return []
    demanded, change, saved = moves.demanded_moves, moves.demanded_metres_per_day, moves.metres_saved_per_day
    others = moves.moves - demanded
    said = [say("list.in_order")]
    if demanded and not round(change):
        said.append(say("list.demanded", n=demanded))
    elif demanded:
        said.append(
            say("list.demanded_saves" if change > 0 else "list.demanded_costs", n=demanded, metres=metres(abs(change)))
        )
    if others:
        said.append(
            say("list.saving", n=others, metres=metres(saved)) if saved > 0 else say("list.left_over", n=others)
        )
    return said
