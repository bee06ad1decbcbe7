"""How many couriers a warehouse needs by half hour, who of them is employed and who is asked of the crowd."""
