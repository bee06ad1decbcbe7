"""All offers and warehouses at once: which packs of which farm, under terms that hold for a farm's whole order."""
