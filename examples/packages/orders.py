# /// script
# dependencies = ["pydantic"]
# ///
"""Checks orders, given as JSON, against models, and says what is wrong with each that is not one."""

import json
import sys
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field, ValidationError, computed_field, field_validator


class Line(BaseModel):
    sku: str = Field(pattern=r"^[A-Z]{3}-\d{4}$")
    units: int = Field(gt=0, le=1000)
    price: Decimal = Field(max_digits=8, decimal_places=2)


class Order(BaseModel):
    id: int
    placed: date
    currency: Literal["EUR", "USD"] = "EUR"
    lines: list[Line] = Field(min_length=1)

    @field_validator("placed")
    @classmethod
    def not_in_the_future(cls, placed):
        if placed > date(2030, 1, 1):
            raise ValueError("is in the future")
        return placed

    @computed_field
    @property
    def total(self) -> Decimal:
        return sum((line.units * line.price for line in self.lines), Decimal())


for item in json.load(sys.stdin):
    try:
        order = Order.model_validate(item)
        print(order.model_dump_json(include={"id", "placed", "currency", "total"}))
    except ValidationError as error:
        for problem in error.errors():
            print(f"order {item.get('id')}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}")
