"""What a promotion would change, and what promotions did."""
