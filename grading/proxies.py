"""What a test sees of a submission: plain data, functions that run in the box, and the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .boxed.values import Opaque, ValueTroubleError, pack, unpack

EXPECTED = "expected a number, text, list, dict or array"


class StudentError(Exception):
    """The student's function raised an exception of some kind; the message is the student's."""

    def __init__(self, function: str, kind: str, message: str) -> None:
        super().__init__(f"{function}() raised {kind}{': ' if message else ''}{message}")
        self.function, self.kind, self.message = function, kind, message


class AnswerError(Exception):
    """The answer ``name`` is of a kind that no test can use; the message says which."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name} is {what}; {EXPECTED}")
        self.name = name


class TestError(Exception):
    """The test itself asks for what cannot be done: a fault of the master."""

    __test__ = False


def _refuse(value: object) -> None:
    raise TestError(
        f"the test passes an object of type {type(value).__name__} to the student's function; "
        "pass numbers, strings, lists, dicts and arrays"
    )


class Placeholder:
    """Stands for what cannot leave the box. Every use of it fails, and says why."""

    def __init__(self, name: str, what: str) -> None:
        object.__setattr__(self, "_error", (name, what))

    def __getattr__(self, attribute: str) -> Any:
        raise AnswerError(*object.__getattribute__(self, "_error"))

    def __repr__(self) -> str:
        return "<an answer that no test can use>"

    __hash__ = None  # type: ignore[assignment]


def _fail(self: Placeholder, *args: object, **keywords: object) -> Any:
    raise AnswerError(*object.__getattribute__(self, "_error"))


_USES = """
abs add and array array_function array_ufunc bool bytes call complex contains delitem divmod enter
eq exit float floordiv format ge getitem gt index int invert iter le len lt matmul mod mul ne neg
next or pos pow radd rdivmod reversed rfloordiv rmatmul rmod rmul round rpow rsub rtruediv setattr
setitem str sub truediv xor
"""
for _name in _USES.split():
    setattr(Placeholder, f"__{_name}__", _fail)


class StudentFunction(Placeholder):
    """A function of the submission: a call sends plain data into the box and brings some back.

    It can be called, and nothing else.
    """

    def __init__(self, name: str, number: int, ask: Callable[..., dict[str, Any]]) -> None:
        super().__init__(name, "a function, not called")
        for attribute, value in (("__name__", name), ("_number", number), ("_ask", ask)):
            object.__setattr__(self, attribute, value)

    def __call__(self, *args: object, **keywords: object) -> Any:
        """Call the function in the box; its exception is raised here as a `StudentError`."""
        try:
            pack([list(args), keywords], _refuse)
        except ValueTroubleError as error:
            raise TestError(f"the test calls {self.__name__} with too much data: {error}") from None
        answer = self._ask(number=self._number, args=list(args), keywords=keywords)
        raised = answer.get("error")
        if isinstance(raised, dict):
            raise StudentError(self.__name__, str(raised.get("name")), str(raised.get("message")))
        return opened(answer.get("value"), f"the result of {self.__name__}()", self._ask)

    def __repr__(self) -> str:
        return f"<the submission's function {self.__name__}>"


def opened(data: object, name: str, ask: Callable[..., dict[str, Any]]) -> Any:
    """Return what packed bytes from the box hold, with functions and the rest in their stand-ins.

    Raises
    ------
    AnswerError
        The bytes are not plain data.
    """

    def special(fields: dict[str, Any]) -> Any:
        if type(number := fields.get("function")) is not int:
            raise ValueTroubleError("no value: no function")
        return StudentFunction(name, number, ask)

    try:
        if not isinstance(data, bytes):
            raise ValueTroubleError("no value")
        return _stand_in(unpack(data, special), name)
    except ValueTroubleError:
        raise AnswerError(name, "no plain data") from None


def _stand_in(value: Any, name: str) -> Any:
    if isinstance(value, Opaque):
        return Placeholder(name, value.what)
    if type(value) in (list, tuple):
        return type(value)(_stand_in(item, f"an item of {name}") for item in value)
    if type(value) is dict:
        return {key: _stand_in(item, f"a value of {name}") for key, item in value.items()}
    return value
