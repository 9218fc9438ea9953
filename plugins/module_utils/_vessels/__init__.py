"""How the image of each vessel is made, one file each; their form is `Recipe`."""

from __future__ import annotations

from .._kinds.members import members
from .._plan.image import Recipe

RECIPES = members(__name__, __path__, Recipe)
