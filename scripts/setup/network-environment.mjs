/**
 * Enables proxies and the system's certificates, which company networks need and Node's fetch ignores by default.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function networkEnvironment(env) {
  const proxied = Object.keys(env).some((name) => /^https?_proxy$/i.test(name));
  return { ...env, NODE_USE_SYSTEM_CA: '1', ...(proxied ? { NODE_USE_ENV_PROXY: '1' } : {}) };
}
