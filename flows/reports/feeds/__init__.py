"""What is found wrong with what warehouses are told: looked for each night, kept, and told as long as it goes on."""
