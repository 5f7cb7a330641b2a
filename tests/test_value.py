"""Frozen records without dataclasses."""

from __future__ import annotations

import copy
from operator import delitem

import pytest

from procrun.value import Value


class Point(Value):
    """A place."""

    x: int
    y: int = 0


class Named(Point):
    """A place with a name."""

    name: str = "here"

    @property
    def sum(self) -> int:
        """What is no field either."""
        return self.x + self.y


def test_fields_are_given_by_position_or_by_name() -> None:
    """In the order in which the class annotates them, those of the base class first."""
    assert Point(1, 2) == Point(x=1, y=2) == Point(1, y=2)
    assert Named(1, 2, "there") == Named(name="there", y=2, x=1)


def test_class_attributes_are_the_defaults() -> None:
    """What is not given is what the class says."""
    point = Named(1)

    assert (point.x, point.y, point.name, point.sum) == (1, 0, "here", 1)


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        pytest.param((), {}, "Point needs x", id="one is missing"),
        pytest.param((1, 2, 3), {}, "Point takes x, y", id="one too many"),
        pytest.param((1,), {"z": 1}, "Point takes x, y", id="an unknown one"),
        pytest.param((1,), {"x": 1}, "Point takes x, y", id="one twice"),
        pytest.param((1,), {"_fields": ()}, "Point takes x, y", id="no field"),
    ],
)
def test_what_is_no_field_is_refused(
    args: tuple[int, ...], kwargs: dict[str, object], message: str
) -> None:
    """As a function would refuse it; the message names the fields."""
    with pytest.raises(TypeError, match=f"^{message}$"):
        Value.__init__(Point.__new__(Point), *args, **kwargs)


@pytest.mark.parametrize("name", ["x", "y", "z", "_fields"])
def test_nothing_can_be_set_or_deleted(name: str) -> None:
    """Neither fields nor anything else."""
    point = Point(1, 2)

    with pytest.raises(AttributeError, match="Point is frozen"):
        setattr(point, name, 3)
    with pytest.raises(AttributeError, match="Point is frozen"):
        delattr(point, name)
    assert point == Point(1, 2)


def test_values_are_equal_by_content_and_class() -> None:
    """The same fields in another class are another thing."""
    assert Point(1) == Point(1, 0)
    assert Point(1) != Point(2)
    assert Point(1) != Named(1)
    assert Point(1) != (1, 0)


def test_values_are_keys() -> None:
    """Equal ones find each other in a dictionary."""
    found = {Point(1): "a", Named(1): "b"}

    assert found[Point(1, 0)] == "a"
    assert found[Named(1, 0)] == "b"
    with pytest.raises(KeyError):
        delitem(found, Point(2))


def test_a_value_shows_its_fields() -> None:
    """Those with defaults, too."""
    assert repr(Named(1)) == "Named(x=1, y=0, name='here')"


def test_replace_gives_another_value() -> None:
    """The first one stays what it was."""
    point = Named(1, name="there")

    assert point.replace(y=5) == Named(1, 5, "there")
    assert point == Named(1, 0, "there")
    with pytest.raises(TypeError):
        point.replace(z=1)


def test_a_value_can_be_copied() -> None:
    """By the means of the standard library."""
    assert copy.copy(Named(1)) == copy.deepcopy(Named(1)) == Named(1)
