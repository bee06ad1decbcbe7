"""What the sample region's people call everything that it names: in Chinese, beside the English names of its tables.

Products are called as buyers in Shanghai write them (products.csv), farms after their place as cooperatives are.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from data.sample.catalogue import Catalogue
from data.sample.cities import city_of
from data.sample.coolers import cooler_rows
from data.sample.extent import Extent
from data.sample.farms import Farms
from data.sample.floor import Floor
from data.tables import Language, NameKind

NAME: Final = "kind id language name"
CATEGORIES: Final = {
    "leaf vegetables": "叶菜", "other vegetables": "其他蔬菜", "fruit": "水果", "meat": "肉禽水产",
    "dairy": "奶蛋豆制品", "frozen": "冷冻食品", "dry goods": "粮油干货",
}  # fmt: skip
SUBCATEGORIES: Final = {
    "cabbages and stems": "白菜甘蓝", "soft leaves": "绿叶菜", "lettuce and salad": "生菜沙拉菜",
    "herbs and alliums": "葱蒜香菜", "flower vegetables": "花菜类", "root vegetables": "根茎类",
    "store roots": "土豆葱姜蒜", "fruiting vegetables": "瓜茄类", "beans and sprouts": "豆类芽菜",
    "mushrooms": "菌菇", "apples and pears": "苹果梨", "citrus": "柑橘", "grapes and berries": "葡萄浆果",
    "stone fruit and dates": "桃李枣柿", "melons": "瓜类", "tropical fruit": "热带水果", "pork": "猪肉",
    "beef and lamb": "牛羊肉", "poultry": "禽肉", "fish and shellfish": "水产", "milk": "鲜奶",
    "yogurt and cheese": "酸奶奶酪", "eggs": "蛋类", "tofu and soy": "豆制品", "dumplings and buns": "水饺面点",
    "frozen meat and seafood": "冷冻肉类水产", "frozen vegetables and chips": "速冻蔬菜薯条", "ice cream": "冰淇淋",
    "rice and flour": "米面", "noodles": "面条粉丝", "oil and seasoning": "食用油调味品", "dried foods": "干货",
}  # fmt: skip
CITIES: Final = {
    "Shanghai": "上海", "Beijing": "北京", "Shenzhen": "深圳", "Hangzhou": "杭州", "Guangzhou": "广州",
    "Nanjing": "南京", "Suzhou": "苏州", "Chengdu": "成都", "Wuhan": "武汉", "Wuxi": "无锡",
}  # fmt: skip
DISTRICTS: Final = {
    "Xuhui": "徐汇", "Chaoyang": "朝阳", "Nanshan": "南山", "Xihu": "西湖", "Tianhe": "天河", "Gulou": "鼓楼",
    "Gusu": "姑苏", "Wuhou": "武侯", "Hongshan": "洪山", "Liangxi": "梁溪",
}  # fmt: skip
FARMS_IN: Final = {
    "Chongming": "崇明", "Qingpu": "青浦", "Jiading": "嘉定", "Songjiang": "松江", "Jinshan": "金山",
    "Fengxian": "奉贤", "Pudong": "浦东", "Kunshan": "昆山", "Taicang": "太仓", "Changshu": "常熟", "Wujiang": "吴江",
    "Tongxiang": "桐乡", "Jiashan": "嘉善", "Haining": "海宁", "Yuhang": "余杭", "Lin'an": "临安", "Fuyang": "富阳",
    "Anji": "安吉", "Deqing": "德清", "Changxing": "长兴", "Yixing": "宜兴", "Jiangyin": "江阴", "Liyang": "溧阳",
    "Jurong": "句容", "Lishui": "溧水", "Gaochun": "高淳", "Pukou": "浦口", "Luhe": "六合", "Shouguang": "寿光",
    "Laiyang": "莱阳", "Yantai": "烟台", "Luochuan": "洛川", "Ganzhou": "赣州", "Meishan": "眉山", "Pujiang": "蒲江",
    "Pengzhou": "彭州", "Qionglai": "邛崃", "Zhuozhou": "涿州", "Daxing": "大兴", "Shunyi": "顺义", "Pinggu": "平谷",
    "Huizhou": "惠州", "Zengcheng": "增城", "Conghua": "从化", "Huiyang": "惠阳", "Xinhui": "新会", "Zhongmu": "中牟",
    "Xiaogan": "孝感", "Huangpi": "黄陂", "Caidian": "蔡甸", "Jiangxia": "江夏", "Honghu": "洪湖",
    "Qianjiang": "潜江", "Dongtai": "东台", "Sheyang": "射阳",
}  # fmt: skip
FARMS: Final = {
    "Green Leaf": "绿叶", "Morning Dew": "晨露", "River Field": "河湾", "Fresh Bed": "鲜畦", "Vegetable": "蔬菜",
    "Red Soil": "红土", "Long Furrow": "长垄", "Garden": "田园", "Orchard": "鲜果", "Sweet Hill": "甜岭",
    "Fruit Valley": "果谷", "Sunny Slope": "阳坡", "Livestock": "畜牧", "Fishery": "水产", "Pasture": "牧野",
    "Fresh Meat": "鲜肉", "Dairy": "奶业", "White Cow": "白牛", "Henhouse": "禽蛋", "Soy Mill": "豆坊",
    "Frozen Foods": "冷冻", "Ice Peak": "冰峰", "Cold Kitchen": "冷厨", "Grain": "粮油", "Spice Road": "香料",
    "Pantry": "百味", "Mill": "磨坊",
}  # fmt: skip
KINDS: Final = {"Farm": "农场", "Cooperative": "合作社", "Trading": "商贸", "Foods": "食品"}
ZONES: Final = {
    "LEAF": "叶菜区", "VEG": "冷藏蔬菜区", "FRUIT": "冷藏水果区", "MEAT": "肉禽奶蛋区", "WARM": "恒温果蔬区",
    "DRY": "粮油干货区", "FROZEN": "冷冻区",
}  # fmt: skip
SENSORS: Final = {"T1": "门口", "T2": "内侧"}
COOLER: Final = "备用冷风机"
DIGITS: Final = "〇一二三四五六七八九"


def name_rows(extent: Extent, catalogue: Catalogue, farms: Farms, floor: Floor) -> Iterator[tuple[str, ...]]:
    """Rows of the table names."""
    for kind, called in _called(extent, catalogue, farms, floor):
        for id, name in called.items():
            yield kind, id, Language.ZH, name


def _called(
    extent: Extent, catalogue: Catalogue, farms: Farms, floor: Floor
) -> Iterator[tuple[NameKind, Mapping[str, str]]]:
    products = catalogue.products
    yield NameKind.PRODUCTS, {product.product_id: product.name_zh for product in products}
    yield NameKind.CATEGORIES, {product.category: CATEGORIES[product.category] for product in products}
    yield NameKind.SUBCATEGORIES, {product.subcategory: SUBCATEGORIES[product.subcategory] for product in products}
    yield NameKind.SUPPLIERS, {supplier_id: farm_in_chinese(name) for supplier_id, name, *_ in farms.suppliers}
    cities = {warehouse_id: city_of(number) for number, warehouse_id in enumerate(extent.warehouse_ids)}
    yield (
        NameKind.WAREHOUSES,
        {warehouse_id: CITIES[city.name] + DISTRICTS[city.district] for warehouse_id, city in cities.items()},
    )
    of_farms = {place: FARMS_IN[place] for *_, place in farms.suppliers}
    yield NameKind.CITIES, {city.name: CITIES[city.name] for city in cities.values()} | of_farms
    zones = {str(zone_id): ZONES[str(zone_id).split("-")[-1]] for zone_id, *_ in floor.zones}
    yield NameKind.ZONES, zones
    sensors = {sensor_id: f"{zones[zone_id]}{SENSORS[sensor_id[-2:]]}" for sensor_id, zone_id, _ in floor.sensors}
    yield NameKind.SENSORS, sensors
    yield NameKind.ACTUATORS, {row[0]: f"{zones[row[1]]}{COOLER}" for row in cooler_rows(floor)}


def farm_in_chinese(name: str) -> str:
    """`Chongming Green Leaf Farm No. 2` as 崇明绿叶第二农场."""
    plain, _, number = name.partition(" No. ")
    place, *words, kind = plain.split(" ")
    which = f"第{''.join(DIGITS[int(digit)] for digit in number)}" if number else ""
    return f"{FARMS_IN[place]}{FARMS[' '.join(words)]}{which}{KINDS[kind]}"
