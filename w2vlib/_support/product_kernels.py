"""Compiled products of a matrix, dense or sparse, and a block of 16 columns.

BLAS copies its operands into another order first, which takes longer than the arithmetic where one
of them is so narrow. Here the 16 sums of a row stay in vector registers, for as many rows at a time
as the registers hold.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .compiled import compiled

LANES = 16
_ROWS = 6  # of single precision: 12 sums in 16 registers of AVX2
_TERMS = 4096  # of a sum at a time: the block's part stays in the second-level cache
_INT64, _FUSED = ir.IntType(64), ("contract",)


class _Lanes:
    """Builds code for vectors of 16 numbers of a type."""

    def __init__(self, context: Any, builder: Any, number: Any) -> None:
        self.builder, self.size = builder, context.get_abi_sizeof(number)
        self.type = ir.VectorType(number, LANES)

    def _address(self, base: Any, row: Any) -> Any:
        at = self.builder.gep(base, [self.builder.mul(row, _INT64(LANES))])
        return self.builder.bitcast(at, self.type.as_pointer())

    def load(self, base: Any, row: Any) -> Any:
        """Return row ``row`` of a table of 16 columns."""
        return self.builder.load(self._address(base, row), align=self.size)

    def store(self, sums: Any, base: Any, row: Any) -> None:
        """Add the sums to row ``row``."""
        sums = self.builder.fadd(self.load(base, row), sums)
        self.builder.store(sums, self._address(base, row), align=self.size)

    def multiply_add(self, sums: Any, address: Any, x: Any) -> Any:
        """Return sums + number * x."""
        one = self.builder.insert_element(
            ir.Constant(self.type, ir.Undefined), self.builder.load(address), ir.IntType(32)(0)
        )
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        number = self.builder.shuffle_vector(one, one, everywhere)
        return self.builder.fadd(sums, self.builder.fmul(number, x, _FUSED), _FUSED)

    def loop(self, begin: Any, end: Any, n_sums: int, body: Any) -> list[Any]:
        """Return the sums after ``sums = body(k, sums)`` for k from ``begin`` to ``end``, not 0."""
        builder, before = self.builder, self.builder.block
        inside, after = builder.append_basic_block("terms"), builder.append_basic_block("summed")
        builder.branch(inside)
        builder.position_at_end(inside)
        k = builder.phi(_INT64)
        k.add_incoming(begin, before)
        sums = [builder.phi(self.type) for _ in range(n_sums)]
        new = body(k, sums)
        following = builder.add(k, _INT64(1))
        k.add_incoming(following, inside)
        for old, changed in zip(sums, new, strict=True):
            old.add_incoming(ir.Constant(self.type, None), before)
            old.add_incoming(changed, inside)
        builder.cbranch(builder.icmp_signed("<", following, end), inside, after)
        builder.position_at_end(after)
        return list(new)


def _add_rows(n_rows: int) -> Any:
    """Make a function that adds ``matrix[i:i + n_rows, begin:end] @ block[begin:end]`` to out."""

    @intrinsic
    def add(context: Any, matrix: Any, i: Any, begin: Any, end: Any, block: Any, out: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            A, X, sums_of = (
                context.make_array(signature.args[k])(context, builder, arguments[k])
                for k in (0, 4, 5)
            )
            _, i, begin, end, _, _ = arguments
            lanes = _Lanes(context, builder, context.get_value_type(signature.args[0].dtype))
            step = builder.sdiv(builder.extract_value(A.strides, 0), _INT64(lanes.size))
            rows = [builder.add(i, _INT64(r)) for r in range(n_rows)]
            starts = [builder.gep(A.data, [builder.mul(row, step)]) for row in rows]

            def body(k: Any, sums: list[Any]) -> list[Any]:
                x = lanes.load(X.data, k)
                return [
                    lanes.multiply_add(old, builder.gep(start, [k]), x)
                    for old, start in zip(sums, starts, strict=True)
                ]

            for row, total in zip(rows, lanes.loop(begin, end, n_rows, body), strict=True):
                lanes.store(total, sums_of.data, row)
            return context.get_dummy_value()

        return types.void(matrix, types.intp, types.intp, types.intp, block, out), codegen

    return add


@intrinsic
def _add_sparse_row(
    context: Any, values: Any, columns: Any, begin: Any, end: Any, block: Any, out: Any, i: Any
) -> Any:
    """``out[i] += values[begin:end] @ block[columns[begin:end]]``."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        A, at, X, sums_of = (
            context.make_array(signature.args[k])(context, builder, arguments[k])
            for k in (0, 1, 4, 5)
        )
        lanes = _Lanes(context, builder, context.get_value_type(signature.args[0].dtype))

        def body(k: Any, sums: list[Any]) -> list[Any]:
            column = builder.load(builder.gep(at.data, [k]))
            if column.type != _INT64:
                column = builder.sext(column, _INT64)
            x = lanes.load(X.data, column)
            return [lanes.multiply_add(sums[0], builder.gep(A.data, [k]), x)]

        (total,) = lanes.loop(arguments[2], arguments[3], 1, body)
        lanes.store(total, sums_of.data, arguments[6])
        return context.get_dummy_value()

    return types.void(values, columns, types.intp, types.intp, block, out, types.intp), codegen


_add_six, _add_three, _add_one = _add_rows(_ROWS), _add_rows(_ROWS // 2), _add_rows(1)


@compiled(nogil=True)
def dense_rows(matrix, block, out):  # type: ignore[no-untyped-def]
    """``out = matrix @ block``, of 16 columns each; the columns of ``matrix`` are adjacent."""
    n, K = matrix.shape
    out[:] = 0
    for begin in range(0, K, _TERMS):
        end = min(begin + _TERMS, K)
        i = 0
        if matrix.itemsize == 4:
            while i + _ROWS <= n:
                _add_six(matrix, i, begin, end, block, out)
                i += _ROWS
        while i + _ROWS // 2 <= n:
            _add_three(matrix, i, begin, end, block, out)
            i += _ROWS // 2
        while i < n:
            _add_one(matrix, i, begin, end, block, out)
            i += 1


@compiled(nogil=True)
def sparse_rows(values, columns, ends, block, out):  # type: ignore[no-untyped-def]
    """``out = S @ block`` for the rows of a sparse matrix that end at ``ends[1:]``."""
    out[:] = 0
    for i in range(len(out)):
        begin, end = np.int64(ends[i]), np.int64(ends[i + 1])
        if begin < end:
            _add_sparse_row(values, columns, begin, end, block, out, i)
