/** One process with the bundle of the API, as Lambda has it: loads it, calls it, says how long that took (bench/api.ts). */
const { BENCH_BUNDLE: bundle, BENCH_TOKEN: token, BENCH_CALLS: calls } = process.env;

/** A route that reads a page of the catalog. */
const event = {
  version: '2.0',
  rawPath: '/v1/backups',
  rawQueryString: 'limit=50',
  headers: { host: 'bench', authorization: `Bearer ${token}` },
  requestContext: {
    requestId: 'bench',
    domainName: 'bench',
    http: { method: 'GET', sourceIp: '192.0.2.7' },
  },
};

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const rounded = (value) => Math.round(value * 10) / 10;
const p99 = (values) => rounded(values.sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0);

const startedMs = performance.now();
const startedCpuMs = cpuMs();
const { handler } = await import(bundle);
const first = await handler(event, {});
if (first.statusCode !== 200) throw new Error(`the API answered ${first.statusCode}: ${first.body}`);
const coldMs = performance.now() - startedMs;
const coldCpuMs = cpuMs() - startedCpuMs;

const elapsed = [];
const cpu = [];
for (let call = 0; call < Number(calls); call += 1) {
  const beforeMs = performance.now();
  const beforeCpuMs = cpuMs();
  await handler(event, {});
  elapsed.push(performance.now() - beforeMs);
  cpu.push(cpuMs() - beforeCpuMs);
}
console.log(
  JSON.stringify({
    coldMs: rounded(coldMs),
    coldCpuMs: rounded(coldCpuMs),
    cpuP99Ms: p99(cpu),
    elapsedP99Ms: p99(elapsed),
  }),
);
process.exit(0);
