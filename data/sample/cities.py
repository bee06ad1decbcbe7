"""The ten cities of the sample region: where their warehouses stand and what weather to expect there.

Coordinates and climate normals are rounded from public records (monthly mean temperature and days with rain,
1991-2020 normals of the China Meteorological Administration, to about a degree and a day).
"""

from collections.abc import Sequence
from dataclasses import dataclass

TIMEZONE = "Asia/Shanghai"  # all of China


@dataclass(frozen=True)
class City:
    """Monthly means from January to December: temperature in C, share of days with rain; `appetite` scales demand."""

    name: str
    district: str
    latitude: float
    longitude: float
    temperature_c: tuple[int, ...]
    rainy_days: tuple[int, ...]
    appetite: float


CITIES: Sequence[City] = (
    City(
        "Shanghai", "Xuhui", 31.188, 121.437,
        (5, 7, 11, 16, 21, 25, 29, 29, 25, 20, 14, 8), (10, 10, 13, 11, 11, 14, 12, 12, 9, 7, 8, 8), 1.30,
    ),
    City(
        "Beijing", "Chaoyang", 39.921, 116.443,
        (-3, 1, 8, 15, 21, 25, 27, 26, 21, 13, 5, -1), (2, 2, 3, 4, 6, 9, 12, 10, 7, 5, 3, 2), 1.20,
    ),
    City(
        "Shenzhen", "Nanshan", 22.533, 113.930,
        (16, 17, 20, 23, 26, 28, 29, 29, 28, 25, 22, 17), (6, 8, 10, 11, 14, 18, 17, 17, 14, 7, 5, 5), 1.20,
    ),
    City(
        "Hangzhou", "Xihu", 30.260, 120.130,
        (5, 7, 11, 17, 22, 25, 29, 28, 24, 19, 13, 7), (12, 11, 15, 13, 13, 15, 12, 13, 11, 8, 9, 8), 1.05,
    ),
    City(
        "Guangzhou", "Tianhe", 23.125, 113.361,
        (14, 16, 19, 23, 26, 28, 29, 29, 28, 25, 21, 16), (8, 10, 14, 15, 17, 18, 16, 16, 12, 6, 6, 6), 1.10,
    ),
    City(
        "Nanjing", "Gulou", 32.066, 118.770,
        (3, 6, 10, 16, 22, 25, 29, 28, 24, 18, 11, 5), (9, 9, 11, 10, 10, 11, 12, 11, 8, 7, 8, 7), 0.95,
    ),
    City(
        "Suzhou", "Gusu", 31.312, 120.610,
        (4, 6, 10, 16, 21, 25, 29, 28, 24, 19, 13, 7), (10, 10, 13, 11, 11, 13, 12, 12, 9, 7, 8, 8), 0.90,
    ),
    City(
        "Chengdu", "Wuhou", 30.642, 104.043,
        (6, 9, 13, 18, 22, 25, 26, 26, 22, 18, 13, 7), (7, 8, 11, 13, 14, 15, 17, 15, 15, 14, 8, 6), 0.90,
    ),
    City(
        "Wuhan", "Hongshan", 30.500, 114.343,
        (4, 7, 11, 18, 23, 27, 29, 28, 24, 18, 12, 6), (9, 10, 13, 12, 12, 12, 12, 9, 8, 8, 8, 7), 0.80,
    ),
    City(
        "Wuxi", "Liangxi", 31.566, 120.303,
        (4, 6, 10, 16, 21, 25, 29, 28, 24, 18, 12, 6), (10, 10, 12, 11, 11, 12, 12, 12, 9, 7, 8, 8), 0.75,
    ),
)  # fmt: skip


def city_of(number: int) -> City:
    """The city of the warehouse with that number, from 0; an eleventh warehouse is the first city's second."""
    return CITIES[number % len(CITIES)]
