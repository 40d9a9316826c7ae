// The operation KeelAdamW: one update of one variable by AdamW, in one pass over memory. TensorFlow's own operations need
// fifteen: clipping, decay, and the update read and write the same numbers one after the other.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <thread>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#define KEEL_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define KEEL_CLONES
#endif

namespace {

// A second thread pays for itself from about this many numbers on.
constexpr int64_t kNumbersPerThread = 1 << 20;

enum Input { kWeight, kFirst, kSecond, kGradient, kRate, kBeta1, kBeta2, kEpsilon, kShrink, kScale, kInputs };

struct Scalars {
  float rate, epsilon, shrink, scale;
  // 1 - beta, as TensorFlow's own update computes them.
  float first, second;
};

// Compiled without contraction, so that every processor gets the numbers of TensorFlow's separate operations.
KEEL_CLONES
void Update(float* __restrict weight, float* __restrict first, float* __restrict second,
            const float* __restrict gradient, int64_t count, Scalars by) {
  for (int64_t i = 0; i < count; ++i) {
    // A gradient that is not finite comes with a scale of 0 and must then count as 0.
    const float g = by.scale == 0.0f ? 0.0f : gradient[i] * by.scale;
    const float m = first[i] + (g - first[i]) * by.first;
    const float v = second[i] + (g * g - second[i]) * by.second;
    const float decayed = weight[i] - weight[i] * by.shrink;
    first[i] = m;
    second[i] = v;
    weight[i] = decayed - m * by.rate / (std::sqrt(v) + by.epsilon);
  }
}

struct Kernel {
  int64_t threads = 1;
};

// The tensors of a call; released together.
struct Inputs {
  TF_Tensor* tensors[kInputs] = {};

  ~Inputs() {
    for (TF_Tensor* tensor : tensors)
      if (tensor) TF_DeleteTensor(tensor);
  }
  float* data(Input at) const { return static_cast<float*>(TF_TensorData(tensors[at])); }
  int64_t count(Input at) const { return TF_TensorElementCount(tensors[at]); }
};

void* Create(TF_OpKernelConstruction* construction) {
  auto* kernel = new Kernel();
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt64(construction, "threads", &kernel->threads, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return kernel;
}

void Compute(void* state, TF_OpKernelContext* context) {
  Inputs inputs;
  TF_Status* status = TF_NewStatus();
  for (int at = 0; at < kInputs && TF_GetCode(status) == TF_OK; ++at)
    TF_GetInput(context, at, &inputs.tensors[at], status);
  const bool is_read = TF_GetCode(status) == TF_OK;
  if (is_read) {
    const int64_t count = inputs.count(kWeight);
    for (Input at : {kFirst, kSecond, kGradient})
      if (inputs.count(at) != count) TF_SetStatus(status, TF_INVALID_ARGUMENT, "KeelAdamW: sizes differ");
  }
  if (TF_GetCode(status) != TF_OK) {
    TF_OpKernelContext_Failure(context, status);
    TF_DeleteStatus(status);
    return;
  }
  TF_DeleteStatus(status);

  const auto scalar = [&](Input at) { return *inputs.data(at); };
  const Scalars by = {scalar(kRate),  scalar(kEpsilon),     scalar(kShrink),
                      scalar(kScale), 1 - scalar(kBeta1), 1 - scalar(kBeta2)};
  const int64_t count = inputs.count(kWeight);
  const int64_t most = static_cast<Kernel*>(state)->threads;
  const int64_t parts = std::max<int64_t>(1, std::min(most, count / kNumbersPerThread));
  const auto run = [&](int64_t part) {
    const int64_t from = count * part / parts;
    const int64_t to = count * (part + 1) / parts;
    Update(inputs.data(kWeight) + from, inputs.data(kFirst) + from, inputs.data(kSecond) + from,
           inputs.data(kGradient) + from, to - from, by);
  };
  std::vector<std::thread> others;
  for (int64_t part = 1; part < parts; ++part) others.emplace_back(run, part);
  run(0);
  for (std::thread& other : others) other.join();
}

void Delete(void* kernel) { delete static_cast<Kernel*>(kernel); }

// Without outputs there is no shape to infer, but TensorFlow imports no operation without a function for it.
void InferNothing(TF_ShapeInferenceContext*, TF_Status*) {}

bool Register() {
  TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder("KeelAdamW");
  for (const char* input : {"weight: float", "first_moment: float", "second_moment: float", "gradient: float",
                            "rate: float", "beta1: float", "beta2: float", "epsilon: float", "shrink: float",
                            "scale: float"})
    TF_OpDefinitionBuilderAddInput(op, input);
  TF_OpDefinitionBuilderAddAttr(op, "threads: int = 1");
  // Otherwise TensorFlow could leave out an operation whose only effect is on what it is given.
  TF_OpDefinitionBuilderSetIsStateful(op, true);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, &InferNothing);
  TF_Status* status = TF_NewStatus();
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) == TF_OK)
    TF_RegisterKernelBuilder("KeelAdamW", TF_NewKernelBuilder("KeelAdamW", "CPU", &Create, &Compute, &Delete), status);
  const bool is_registered = TF_GetCode(status) == TF_OK;
  TF_DeleteStatus(status);
  return is_registered;
}

// While the addon is loaded; the engine asks whether the operation is there.
const bool kIsRegistered = Register();

}  // namespace
