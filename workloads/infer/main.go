// Infer runs /model.onnx on the four numbers that are its arguments, by WASI-NN, and prints what
// comes out, one number a line.
//
// The interface is the preview 1 form of https://github.com/WebAssembly/wasi-nn, module
// `wasi_ephemeral_nn`. Its structures have pointers of 32 bits, those of Go have 64: so they are
// arrays of uint32 here.
package main

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"unsafe"
)

const (
	onnx  = 1 // graph_encoding
	cpu   = 0 // execution_target
	fp32  = 1 // tensor_type
	model = "/model.onnx"
)

//go:wasmimport wasi_ephemeral_nn load
func load(builders unsafe.Pointer, count, encoding, target uint32, graph unsafe.Pointer) uint32

//go:wasmimport wasi_ephemeral_nn init_execution_context
func initExecutionContext(graph uint32, context unsafe.Pointer) uint32

//go:wasmimport wasi_ephemeral_nn set_input
func setInput(context, index uint32, tensor unsafe.Pointer) uint32

//go:wasmimport wasi_ephemeral_nn compute
func compute(context uint32) uint32

//go:wasmimport wasi_ephemeral_nn get_output
func getOutput(context, index uint32, data unsafe.Pointer, size uint32, written unsafe.Pointer) uint32

func main() {
	bytes, err := os.ReadFile(model)
	if err != nil {
		fail(err.Error())
	}
	var input []uint32 // the bits of the numbers
	for _, text := range os.Args[1:] {
		value, err := strconv.ParseFloat(text, 32)
		if err != nil {
			fail(err.Error())
		}
		input = append(input, math.Float32bits(float32(value)))
	}

	var graph, context, written uint32
	builders := [2]uint32{address(unsafe.Pointer(&bytes[0])), uint32(len(bytes))}
	must("load", load(unsafe.Pointer(&builders), 1, onnx, cpu, unsafe.Pointer(&graph)))
	must("init_execution_context", initExecutionContext(graph, unsafe.Pointer(&context)))
	dimensions := [2]uint32{1, uint32(len(input))}
	tensor := [5]uint32{
		address(unsafe.Pointer(&dimensions)), uint32(len(dimensions)),
		fp32,
		address(unsafe.Pointer(&input[0])), uint32(4 * len(input)),
	}
	must("set_input", setInput(context, 0, unsafe.Pointer(&tensor)))
	must("compute", compute(context))
	output := make([]uint32, 64)
	must("get_output", getOutput(
		context, 0, unsafe.Pointer(&output[0]), uint32(4*len(output)), unsafe.Pointer(&written)))
	runtime.KeepAlive(bytes)
	runtime.KeepAlive(input)
	for _, bits := range output[:written/4] {
		value := float64(math.Float32frombits(bits))
		os.Stdout.WriteString(strconv.FormatFloat(value, 'g', 9, 32) + "\n")
	}
}

func address(pointer unsafe.Pointer) uint32 {
	return uint32(uintptr(pointer))
}

func must(what string, errno uint32) {
	if errno != 0 {
		fail("wasi-nn: " + what + " failed with error " + strconv.Itoa(int(errno)))
	}
}

func fail(why string) {
	os.Stderr.WriteString(why + "\n")
	os.Exit(1)
}
