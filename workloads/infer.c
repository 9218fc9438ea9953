// Puts its arguments, four numbers at a time, through /model.onnx, by WASI-NN, and prints what comes
// out, one number a line.
//
// The interface is the preview 1 form of https://github.com/WebAssembly/wasi-nn.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ONNX = 1, CPU = 0, FP32 = 1, INPUTS = 4, MOST = 64 };

typedef struct { const void *data; uint32_t size; } array;
typedef struct { array dimensions; uint32_t type; array data; } tensor;

#define NN(name) __attribute__((import_module("wasi_ephemeral_nn"), import_name(#name))) uint32_t name
NN(load)(const array *builders, uint32_t count, uint32_t encoding, uint32_t target, uint32_t *graph);
NN(init_execution_context)(uint32_t graph, uint32_t *context);
NN(set_input)(uint32_t context, uint32_t index, const tensor *input);
NN(compute)(uint32_t context);
NN(get_output)(uint32_t context, uint32_t index, void *data, uint32_t size, uint32_t *written);

static void must(const char *what, uint32_t error) {
  if (!error) return;
  fprintf(stderr, "wasi-nn: %s failed with error %u\n", what, error);
  exit(1);
}

int main(int count, char **arguments) {
  static char model[1 << 20];
  float input[INPUTS], output[MOST];
  uint32_t graph, context, written, dimensions[2] = {1, INPUTS};
  FILE *file = fopen("/model.onnx", "r");
  if (!file) return perror("/model.onnx"), 1;
  array builder = {model, fread(model, 1, sizeof model, file)};
  must("load", load(&builder, 1, ONNX, CPU, &graph));
  for (int first = 1; first + INPUTS <= count; first += INPUTS) {
    for (int i = 0; i < INPUTS; i++) input[i] = strtof(arguments[first + i], NULL);
    tensor given = {{dimensions, 2}, FP32, {input, sizeof input}};
    must("init_execution_context", init_execution_context(graph, &context));
    must("set_input", set_input(context, 0, &given));
    must("compute", compute(context));
    must("get_output", get_output(context, 0, output, sizeof output, &written));
    for (uint32_t i = 0; i < written / 4; i++) printf("%.9g\n", output[i]);
  }
}
