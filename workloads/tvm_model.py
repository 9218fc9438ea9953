"""Compiles the proof's model, y = tanh(x·W + b), with Apache TVM: an object file for wasm32.

    python tvm_model.py INPUTS OUTPUTS FILE

TVM knows the shapes; the weights are the caller's. tvm.c calls it.
"""

import sys

import tvm
from tvm import te, topi

inputs, outputs = int(sys.argv[1]), int(sys.argv[2])
x = te.placeholder((1, inputs), name="x")
w = te.placeholder((inputs, outputs), name="w")
b = te.placeholder((outputs,), name="b")
y = topi.tanh(topi.add(topi.nn.matmul(x, w), b))
function = te.create_prim_func([x, w, b, y]).with_attr("global_symbol", "model")
target = {"kind": "llvm", "mtriple": "wasm32-unknown-wasi"}
# Not through the Executable's own `save`: that one takes objects of the host's processor only.
tvm.compile(tvm.IRModule({"model": function}), target=target).mod.write_to_file(sys.argv[3])
