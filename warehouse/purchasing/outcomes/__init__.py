"""What is lacking, and what a quantity bought for it is expected to earn, to leave unmet and to let expire."""
