"""A region to try everything on: a fresh-food shop's warehouses, simulated from a seed."""

from data.sample.region import Progress, RegionNotEmpty, SampleSummary, generate_sample_region

__all__ = ["Progress", "RegionNotEmpty", "SampleSummary", "generate_sample_region"]
