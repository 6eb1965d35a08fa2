/** Where the API of a local stack is: names below `.localhost` do not resolve everywhere, so that it is called by path. */

/** `https://0a1b2c3d.execute-api.localhost:4566` → `http://127.0.0.1:4566/_aws/execute-api/0a1b2c3d/$default`. */
export function localApiUrl(endpoint: string, apiUrl: string): string {
  const [apiId = ''] = new URL(apiUrl).hostname.split('.');
  return `${endpoint}/_aws/execute-api/${apiId}/$default`;
}
