"""What a plan says beside its lines: kept as codes and values, told in words."""
