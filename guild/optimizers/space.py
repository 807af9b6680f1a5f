"""The former location of `guild.extend.search_space`, which optimizers of users import."""

from guild.extend.search_space import Categorical as Choice
from guild.extend.search_space import Dimension, Space, contains, index_of, is_integer

__all__ = ["Choice", "Dimension", "Space", "contains", "index_of", "is_integer"]
