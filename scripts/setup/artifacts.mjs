/**
 * The files that the engine setup downloads, each with name, size, and sha256. Addresses in this file are defaults; the
 * environment variables named with them override them.
 */

/** The package index for the wheels (`KEEL_PYPI_INDEX`, `PIP_INDEX_URL`). */
export const PACKAGE_INDEX = 'https://pypi.org/simple';
/** Where tfjs-node-gpu publishes its own prebuilt files (`KEEL_PREBUILT_STORAGE`, `TFJS_NODE_CDN_STORAGE`). */
export const PREBUILT_STORAGE = 'https://storage.googleapis.com/';

export const TENSORFLOW_VERSION = '2.21.0';
export const PREBUILT_TENSORFLOW_VERSION = '2.9.1';
export const TFJS_NODE_VERSION = '4.22.0';

/**
 * @typedef {object} Wheel
 * @property {string} project name on the package index
 * @property {string} filename
 * @property {number} size bytes
 * @property {string} sha256
 *
 * @typedef {object} Variant
 * @property {string} name folder name below the engine folder
 * @property {'cpu' | 'gpu'} device
 * @property {Wheel[]} wheels the first one contains TensorFlow itself
 * @property {number} diskBytes free space that the setup needs, including downloads
 */

/**
 * @param {string} project
 * @param {string} version
 * @param {string} tags the part of the file name after the version
 * @param {number} size
 * @param {string} sha256
 * @returns {Wheel}
 */
function wheel(project, version, tags, size, sha256) {
  return { project, filename: `${project.replaceAll('-', '_')}-${version}-${tags}.whl`, size, sha256 };
}

const GLIBC_2_17 = 'py3-none-manylinux2014_x86_64';

/** The versions that this TensorFlow was built with: the lower bounds in its `and-cuda` extra. */
const CUDA_WHEELS = [
  wheel(
    'nvidia-cublas-cu12',
    '12.5.3.2',
    GLIBC_2_17,
    363313169,
    'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b',
  ),
  wheel(
    'nvidia-cuda-cupti-cu12',
    '12.5.82',
    GLIBC_2_17,
    13811507,
    'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953',
  ),
  wheel(
    'nvidia-cuda-nvcc-cu12',
    '12.5.82',
    GLIBC_2_17,
    22468537,
    'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0',
  ),
  wheel(
    'nvidia-cuda-nvrtc-cu12',
    '12.5.82',
    GLIBC_2_17,
    24873108,
    '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd',
  ),
  wheel(
    'nvidia-cuda-runtime-cu12',
    '12.5.82',
    GLIBC_2_17,
    895707,
    '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115',
  ),
  wheel(
    'nvidia-cudnn-cu12',
    '9.3.0.75',
    GLIBC_2_17,
    577163502,
    '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d',
  ),
  wheel(
    'nvidia-cufft-cu12',
    '11.2.3.61',
    GLIBC_2_17,
    192524114,
    '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8',
  ),
  wheel(
    'nvidia-curand-cu12',
    '10.3.6.82',
    GLIBC_2_17,
    56309107,
    '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536',
  ),
  wheel(
    'nvidia-cusolver-cu12',
    '11.6.3.83',
    GLIBC_2_17,
    130341232,
    '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b',
  ),
  wheel(
    'nvidia-cusparse-cu12',
    '12.5.1.3',
    GLIBC_2_17,
    217558979,
    '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752',
  ),
  wheel(
    'nvidia-nccl-cu12',
    '2.27.7',
    `${GLIBC_2_17}.manylinux_2_17_x86_64`,
    322546339,
    'de5ba5562f08029a19cb1cd659404b18411ed0d6c90ac5f52f30bf99ad5809aa',
  ),
  wheel(
    'nvidia-nvjitlink-cu12',
    '12.5.82',
    GLIBC_2_17,
    21298879,
    'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212',
  ),
];

/** @type {Record<string, Variant[]>} by platform and processor; the best device first */
const VARIANTS = {
  'linux-x64': [
    {
      name: `tensorflow-gpu-${TENSORFLOW_VERSION}`,
      device: 'gpu',
      wheels: [
        wheel(
          'tensorflow',
          TENSORFLOW_VERSION,
          'cp311-cp311-manylinux_2_27_x86_64',
          572440367,
          '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
        ),
        ...CUDA_WHEELS,
      ],
      diskBytes: 9e9,
    },
    {
      name: `tensorflow-cpu-${TENSORFLOW_VERSION}`,
      device: 'cpu',
      wheels: [
        wheel(
          'tensorflow-cpu',
          TENSORFLOW_VERSION,
          'cp311-cp311-manylinux_2_27_x86_64',
          273829956,
          '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
        ),
      ],
      diskBytes: 1.3e9,
    },
  ],
  'linux-arm64': [
    {
      name: `tensorflow-cpu-${TENSORFLOW_VERSION}`,
      device: 'cpu',
      wheels: [
        wheel(
          'tensorflow',
          TENSORFLOW_VERSION,
          'cp311-cp311-manylinux_2_27_aarch64',
          281828020,
          '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
        ),
      ],
      diskBytes: 1.5e9,
    },
  ],
};

/**
 * @param {string} [platform] as in `linux-x64`
 * @returns {Variant[]} the variants that can be built from wheels here, best device first; empty if only the package's
 * own prebuilt files can be used
 */
export function variants(platform = `${process.platform}-${process.arch}`) {
  return VARIANTS[platform] ?? [];
}

/** @param {NodeJS.ProcessEnv} [env] */
export function packageIndex(env = process.env) {
  return (env.KEEL_PYPI_INDEX || env.PIP_INDEX_URL || PACKAGE_INDEX).replace(/\/+$/, '');
}

/** @param {NodeJS.ProcessEnv} [env] */
export function prebuiltStorage(env = process.env) {
  const address = env.KEEL_PREBUILT_STORAGE || env.TFJS_NODE_CDN_STORAGE || PREBUILT_STORAGE;
  return address.endsWith('/') ? address : `${address}/`;
}

/**
 * The package's own prebuilt files. The addon's hash is not published, so it is used only with the user's consent
 * (`--allow-unverified`, or `KEEL_PREBUILT_ADDON_SHA256` with a hash that the user trusts).
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [platform] as in `linux-x64`
 * @returns {{ name: string, library: PrebuiltFile, addon: PrebuiltFile } | null} null if none are published
 */
export function prebuiltFiles(env = process.env, platform = `${process.platform}-${process.arch}`) {
  if (platform !== 'linux-x64') return null;
  return {
    name: `tfjs-prebuilt-${PREBUILT_TENSORFLOW_VERSION}`,
    library: {
      path: `tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-${PREBUILT_TENSORFLOW_VERSION}.tar.gz`,
      sha256: env.KEEL_PREBUILT_LIBRARY_SHA256 || '7f510d2546e3db5e10b1d119463689003d587842892ad3c95bca51cf82820173',
    },
    addon: {
      path: `tf-builds/pre-built-binary/napi-v8/${TFJS_NODE_VERSION}/GPU-linux-${TFJS_NODE_VERSION}.tar.gz`,
      sha256: env.KEEL_PREBUILT_ADDON_SHA256 || null,
    },
  };
}

/**
 * @typedef {object} PrebuiltFile
 * @property {string} path below the storage address
 * @property {string | null} sha256 null if it is not published
 */

/**
 * @typedef {object} InstallOptions
 * @property {string} home the data folder
 * @property {'cpu' | 'gpu' | 'javascript' | null} [device] null: the best one of this machine
 * @property {string | null} [from] folder with the wheels or a ready engine; nothing is downloaded in that case
 * @property {boolean} [force] rebuild an existing engine
 * @property {boolean} [allowUnverified] use the prebuilt addon, whose hash is not published
 * @property {NodeJS.ProcessEnv} [env]
 * @property {Variant[]} [known] the variants that can be built here; the pinned list, except in tests
 */
