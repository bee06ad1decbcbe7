"""What places come to with something carried between them, worked out when it is asked, and never twice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.purchasing.transfers.balance import Balance, balances, unit_cost_of
from warehouse.purchasing.transfers.carried import Carried, outlook_after
from warehouse.purchasing.transfers.loads import Asked, Load, Place

Key = tuple[str, str]  # warehouse and product
State = tuple[Key, Carried]


class Board:
    """Places by their id, with the products that anything comes into question of alone."""

    def __init__(
        self, places: Mapping[str, Place], looked_at: Sequence[Load], yields: Yields, settings: PlanSettings
    ) -> None:
        self._yields, self._settings = yields, settings
        self._known: dict[State, Balance] = {}
        products: defaultdict[str, set[str]] = defaultdict(set)
        for load in looked_at:
            for name in load.way.ends:
                products[name].add(load.product_id)
        asked: defaultdict[str, list[Asked]] = defaultdict(list)
        for name, of_it in products.items():
            for need, supply in places[name].asked:
                if need.product_id in of_it:
                    asked[need.product_id].append((need, supply))
        self._outlooks = {name: places[name].outlook.of_products(of_it) for name, of_it in products.items()}
        self._again = {name: places[name].often() for name in products}
        self._unit_costs = {product_id: unit_cost_of(of_it, yields, settings) for product_id, of_it in asked.items()}

    def work_out(self, states: Iterable[State]) -> None:
        """Makes these states known, as many products of a place at once as there are."""
        wanted: defaultdict[str, defaultdict[str, list[Carried]]] = defaultdict(lambda: defaultdict(list))
        for (name, product_id), carried in dict.fromkeys(states):
            if ((name, product_id), carried) not in self._known:
                wanted[name][product_id].append(carried)
        for name, by_product in wanted.items():
            for together in zip_longest(*by_product.values()):
                tried = {one: carried for one, carried in zip(by_product, together, strict=True) if carried is not None}
                self._work_out(name, tried)

    def of_state(self, state: State) -> Balance:
        """What a state comes to that has been worked out."""
        return self._known[state]

    def _work_out(self, name: str, tried: Mapping[str, Carried]) -> None:
        asked = [
            (need, supply)
            for need, supply in self._again[name](outlook_after(self._outlooks[name], tried))
            if need.product_id in tried
        ]
        found = balances(asked, self._unit_costs, self._yields, self._settings)
        for (need, _), of_it in zip(asked, found, strict=True):
            self._known[(name, need.product_id), tried[need.product_id]] = of_it
