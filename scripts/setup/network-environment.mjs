/**
 * Proxies and the system's certificates, which Node's fetch leaves out unless told, as companies' networks need them.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function networkEnvironment(env) {
  const proxied = Object.keys(env).some((name) => /^https?_proxy$/i.test(name));
  return { ...env, NODE_USE_SYSTEM_CA: '1', ...(proxied ? { NODE_USE_ENV_PROXY: '1' } : {}) };
}
