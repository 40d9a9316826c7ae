// Read by the compiler before the addon's own source, so that the addon's graphs are loaded with these options.
#pragma once
#include "tensorflow/c/c_api.h"

namespace keel {

// A ConfigProto that names the passes of TensorFlow's graph optimizer, each of which runs once: fused products, and fewer
// control edges. The passes that are left out change no number and speed up no step of Keel's graphs, but they take most of
// the time before a graph's first result.
constexpr char kConfig[] =
    "\x52\x19"               // graph_options
    "\x52\x17"               // rewrite_options
    "\x60\x01"               // meta_optimizer_iterations: ONE
    "\xa2\x06\x05" "remap"     // optimizers
    "\xa2\x06\x0a" "dependency";

inline TF_SessionOptions* NewSessionOptions() {
  TF_SessionOptions* options = TF_NewSessionOptions();
  TF_Status* status = TF_NewStatus();
  // A library that does not know these options keeps its own: slower to build, and nothing else.
  TF_SetConfig(options, kConfig, sizeof(kConfig) - 1, status);
  TF_DeleteStatus(status);
  return options;
}

}  // namespace keel

#define TF_NewSessionOptions keel::NewSessionOptions
