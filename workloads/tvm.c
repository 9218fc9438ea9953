// Puts its arguments, four numbers at a time, through a model that Apache TVM compiled, and prints
// what comes out, one number a line. The weights, of which TVM knows the shapes only, are in /weights.
//
// The compiled function has TVM's packed calling convention, of its header tvm/ffi/c_api.h.
#include <stdio.h>
#include <stdlib.h>

#include <tvm/ffi/c_api.h>

enum { INPUTS = 4, OUTPUTS = 2 };

int __tvm_ffi_model(void *self, const TVMFFIAny *arguments, int32_t count, TVMFFIAny *result);

// What the function calls when an argument is not as it was compiled for.
void TVMFFIErrorSetRaisedFromCStrParts(const char *kind, const char **parts, int32_t count) {
  fprintf(stderr, "%s: ", kind);
  for (int32_t i = 0; i < count; i++) fputs(parts[i] ? parts[i] : "", stderr);
  fputs("\n", stderr);
}

static DLTensor tensor(void *data, int32_t dimensions, int64_t *shape) {
  return (DLTensor){.data = data, .device = {kDLCPU, 0}, .ndim = dimensions,
                    .dtype = {kDLFloat, 32, 1}, .shape = shape};
}

int main(int count, char **arguments) {
  static _Alignas(64) float input[INPUTS], weights[INPUTS * OUTPUTS], bias[OUTPUTS], output[OUTPUTS];
  FILE *file = fopen("/weights", "r");
  if (!file || fread(weights, sizeof weights, 1, file) != 1 || fread(bias, sizeof bias, 1, file) != 1)
    return perror("/weights"), 1;
  DLTensor tensors[] = {
      tensor(input, 2, (int64_t[]){1, INPUTS}), tensor(weights, 2, (int64_t[]){INPUTS, OUTPUTS}),
      tensor(bias, 1, (int64_t[]){OUTPUTS}), tensor(output, 2, (int64_t[]){1, OUTPUTS})};
  TVMFFIAny packed[4] = {0}, result = {0};
  for (int i = 0; i < 4; i++) {
    packed[i].type_index = kTVMFFIDLTensorPtr;
    packed[i].v_ptr = &tensors[i];
  }
  for (int first = 1; first + INPUTS <= count; first += INPUTS) {
    for (int i = 0; i < INPUTS; i++) input[i] = strtof(arguments[first + i], NULL);
    if (__tvm_ffi_model(NULL, packed, 4, &result)) return 1;
    for (int i = 0; i < OUTPUTS; i++) printf("%.9g\n", output[i]);
  }
}
